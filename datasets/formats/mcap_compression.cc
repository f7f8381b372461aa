#include "datasets/formats/mcap_compression.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace perilune::datasets {
namespace {

constexpr std::size_t kStep = std::size_t{1} << 17;

/// Room for another step of output, never more than one byte beyond `size`: that one shows a wrong size.
std::size_t Grow(std::string& out, std::uint64_t size) {
  const std::size_t filled = out.size();
  const std::size_t step = std::min<std::uint64_t>(std::max(kStep, filled), size + 1 - filled);
  out.resize(filled + step);
  return filled;
}

[[noreturn]] void RefuseSize(std::uint64_t size) {
  throw std::invalid_argument("a chunk does not unpack to the " + std::to_string(size) +
                              " bytes that it states");
}

std::string DecompressZstd(std::string_view compressed, std::uint64_t size) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  std::string out;
  ZSTD_inBuffer input{compressed.data(), compressed.size(), 0};
  std::size_t left = 1;
  while (out.size() <= size && (left != 0 || input.pos < input.size)) {
    const std::size_t filled = Grow(out, size);
    ZSTD_outBuffer output{out.data() + filled, out.size() - filled, 0};
    const std::size_t read_before = input.pos;
    left = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(left) != 0) {
      throw std::invalid_argument(std::string("a zstd chunk is damaged: ") + ZSTD_getErrorName(left));
    }
    out.resize(filled + output.pos);
    if (output.pos == 0 && input.pos == read_before && left != 0) {
      throw std::invalid_argument("a zstd chunk is cut");
    }
  }
  if (out.size() != size) RefuseSize(size);
  return out;
}

std::string DecompressLz4(std::string_view compressed, std::uint64_t size) {
  LZ4F_dctx* created = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&created, LZ4F_VERSION)) != 0) throw std::bad_alloc();
  const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> context(created,
                                                                             LZ4F_freeDecompressionContext);
  std::string out;
  std::size_t hint = 1;
  while (out.size() <= size && (hint != 0 || !compressed.empty())) {
    const std::size_t filled = Grow(out, size);
    std::size_t wrote = out.size() - filled, read = compressed.size();
    hint = LZ4F_decompress(context.get(), out.data() + filled, &wrote, compressed.data(), &read, nullptr);
    if (LZ4F_isError(hint) != 0) {
      throw std::invalid_argument(std::string("an lz4 chunk is damaged: ") + LZ4F_getErrorName(hint));
    }
    out.resize(filled + wrote);
    compressed.remove_prefix(read);
    if (wrote == 0 && read == 0 && hint != 0) throw std::invalid_argument("an lz4 chunk is cut");
  }
  if (out.size() != size) RefuseSize(size);
  return out;
}

}  // namespace

std::string CompressZstd(std::string_view bytes) {
  // Level 1: images of noise hardly shrink at any level, and it is the fastest.
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1);
  if (ZSTD_isError(size) != 0) throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

std::string DecompressMcap(std::string_view compression, std::string_view compressed, std::uint64_t size) {
  if (size > kMcapMaxChunkBytes) {
    throw std::invalid_argument("a chunk states " + std::to_string(size) + " bytes, more than " +
                                std::to_string(kMcapMaxChunkBytes));
  }
  if (compression.empty()) {
    if (compressed.size() != size) RefuseSize(size);
    return std::string(compressed);
  }
  if (compression == "zstd") return size == 0 && compressed.empty() ? "" : DecompressZstd(compressed, size);
  if (compression == "lz4") return size == 0 && compressed.empty() ? "" : DecompressLz4(compressed, size);
  throw std::invalid_argument("a chunk is compressed by '" + std::string(compression) +
                              "'; zstd and lz4 are known");
}

std::uint32_t McapCrc(std::string_view bytes, std::uint32_t crc) {
  while (!bytes.empty()) {
    const std::size_t part = std::min<std::size_t>(bytes.size(), std::size_t{1} << 30);
    crc = static_cast<std::uint32_t>(
        crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(part)));
    bytes.remove_prefix(part);
  }
  return crc;
}

}  // namespace perilune::datasets
