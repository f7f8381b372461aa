#include "datasets/formats/image_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <opencv2/imgcodecs.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/iso_crc32.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kTruncated = "the picture is truncated: copy the file again";
constexpr std::string_view kUnreadable = "not a readable picture (PNG, TIFF, JPEG or PGM), or truncated";

Bytes ReadBytes(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) throw dem::DataError(path, "no such file");
  if (!std::filesystem::is_regular_file(path)) throw dem::DataError(path, "not a file");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw dem::DataError(path, "cannot be opened for reading");
  Bytes bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (stream.bad()) throw dem::DataError(path, "cannot be read to its end");
  if (bytes.empty()) throw dem::DataError(path, "the file is empty (0 bytes)");
  return bytes;
}

bool StartsWith(const Bytes& bytes, std::string_view signature) {
  return bytes.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

std::uint32_t BigEndian32(const Bytes& bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24) | (std::uint32_t{bytes[at + 1]} << 16) |
         (std::uint32_t{bytes[at + 2]} << 8) | bytes[at + 3];
}

/// Walks a PNG's chunks to IEND. libpng would hand out a part of a damaged picture, with messages of its own.
void CheckPng(const std::filesystem::path& path, const Bytes& bytes) {
  constexpr std::size_t kSignature = 8, kChunkFrame = 12;
  for (std::size_t at = kSignature;;) {
    if (bytes.size() < at + kChunkFrame) throw dem::DataError(path, std::string(kTruncated));
    const std::size_t length = BigEndian32(bytes, at);
    if (bytes.size() - at - kChunkFrame < length) throw dem::DataError(path, std::string(kTruncated));
    const std::string type(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                           bytes.begin() + static_cast<std::ptrdiff_t>(at) + 8);
    if (IsoCrc32(std::span(bytes).subspan(at + 4, 4 + length)) != BigEndian32(bytes, at + 8 + length)) {
      throw dem::DataError(path, "the picture is damaged (checksum of a PNG chunk): copy the file again");
    }
    if (type == "IHDR" && length >= 8 &&
        (BigEndian32(bytes, at + 8) == 0 || BigEndian32(bytes, at + 12) == 0)) {
      throw dem::DataError(path, "the picture has no pixels");
    }
    // libpng's own limit, which it would talk about.
    if (type == "IHDR" && length >= 8 &&
        std::max(BigEndian32(bytes, at + 8), BigEndian32(bytes, at + 12)) > 1'000'000U) {
      throw dem::DataError(path, "the picture says that it has more than 1000000 pixels in a row or column");
    }
    if (type == "IEND") return;
    at += kChunkFrame + length;
  }
}

/// A JPEG ends with the marker FF D9 (some writers pad with zeros): libjpeg fills a missing part with grey.
void CheckJpeg(const std::filesystem::path& path, const Bytes& bytes) {
  std::size_t end = bytes.size();
  while (end > 2 && bytes[end - 1] == 0) --end;
  if (bytes[end - 2] != 0xff || bytes[end - 1] != 0xd9) throw dem::DataError(path, std::string(kTruncated));
}

/// Numbers of a binary PGM's header (width, height, largest value) and where its pixels begin.
struct PgmHeader {
  std::array<std::size_t, 3> numbers{};
  std::size_t pixels_at = 2;
};

PgmHeader ParsePgmHeader(const Bytes& bytes) {
  PgmHeader header;
  std::size_t& at = header.pixels_at;
  for (std::size_t& number : header.numbers) {
    while (at < bytes.size() && (std::isspace(bytes[at]) != 0 || bytes[at] == '#')) {
      if (bytes[at] == '#') {
        while (at < bytes.size() && bytes[at] != '\n') ++at;
      } else {
        ++at;
      }
    }
    for (; at < bytes.size() && std::isdigit(bytes[at]) != 0 && number < 1'000'000; ++at) {
      number = 10 * number + (bytes[at] - std::size_t{'0'});
    }
  }
  ++at;  // one white space ends the header
  return header;
}

void CheckPgm(const std::filesystem::path& path, const Bytes& bytes) {
  const auto [numbers, pixels_at] = ParsePgmHeader(bytes);
  if (numbers[0] * numbers[1] == 0) throw dem::DataError(path, "the picture has no pixels");
  const std::size_t bytes_per_pixel = numbers[2] > 255 ? 2 : 1;
  if (bytes.size() < pixels_at + numbers[0] * numbers[1] * bytes_per_pixel) {
    throw dem::DataError(path, std::string(kTruncated));
  }
}

/// Lets only these formats through: OpenCV would try all its decoders, and GDCM's ends the process.
void CheckFormat(const std::filesystem::path& path, const Bytes& bytes) {
  using namespace std::string_view_literals;
  if (StartsWith(bytes, "\x89PNG\r\n\x1a\n")) return CheckPng(path, bytes);
  if (StartsWith(bytes, "\xff\xd8\xff")) return CheckJpeg(path, bytes);
  if (StartsWith(bytes, "P5") && bytes.size() > 2 && std::isspace(bytes[2]) != 0) {
    return CheckPgm(path, bytes);
  }
  for (const std::string_view tiff : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (StartsWith(bytes, tiff)) return;
  }
  throw dem::DataError(path, std::string(kUnreadable));
}

}  // namespace

cv::Mat ReadGreyImage(const std::filesystem::path& path) {
  const Bytes bytes = ReadBytes(path);
  CheckFormat(path, bytes);
  cv::Mat image;
  try {
    image = cv::imdecode(bytes, cv::IMREAD_GRAYSCALE | cv::IMREAD_ANYDEPTH | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception&) {
    image.release();  // reported below, in one line
  }
  if (image.empty()) throw dem::DataError(path, std::string(kUnreadable));
  if (image.depth() != CV_8U && image.depth() != CV_16U) {
    throw dem::DataError(path, "pixels must have 8 or 16 bits without sign");
  }
  return image;
}

}  // namespace perilune::datasets
