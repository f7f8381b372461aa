#include "datasets/formats/mcap_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "datasets/formats/mcap_bytes.h"
#include "datasets/formats/mcap_compression.h"
#include "dem/io/atomic_file.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

[[noreturn]] void FailMcapWrite(const std::filesystem::path& target, const char* what) {
  throw dem::WriteError(target, std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

McapWriter::McapWriter(const std::filesystem::path& path, const McapWriterOptions& options)
    : target_(path), temporary_(dem::TemporaryBeside(path)), options_(options) {
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) FailMcapWrite(target_, "cannot be created");
  try {
    Put(kMcapMagic);
    Put(McapRecord(McapOp::kHeader, McapBytes().AddText(options_.profile).AddText("perilune").bytes()));
  } catch (...) {  // the destructor does not run
    close(descriptor_);
    unlink(temporary_.c_str());
    throw;
  }
}

McapWriter::~McapWriter() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

std::uint16_t McapWriter::AddChannel(const std::string& topic, const std::string& schema_name,
                                     const std::string& schema_encoding, const std::string& schema_data,
                                     const std::string& message_encoding, const McapTexts& metadata) {
  if (channels_.size() >= 0xffff) throw std::invalid_argument("MCAP: more than 65535 channels");
  const auto known = std::find_if(schemas_.begin(), schemas_.end(),
                                  [&](const McapSchema& schema) { return schema.name == schema_name; });
  std::uint16_t schema_id = 0;
  if (known != schemas_.end()) {
    schema_id = known->id;
  } else {
    schema_id = static_cast<std::uint16_t>(schemas_.size() + 1);
    schemas_.push_back({schema_id, schema_name, schema_encoding, schema_data});
    chunk_ += McapRecord(McapOp::kSchema, McapContent(schemas_.back()));
  }
  const auto id = static_cast<std::uint16_t>(channels_.size());
  channels_.push_back({id, schema_id, topic, message_encoding, metadata});
  sequences_.push_back(0);
  chunk_ += McapRecord(McapOp::kChannel, McapContent(channels_.back()));
  return id;
}

void McapWriter::Write(std::uint16_t channel_id, std::uint64_t log_time_ns, std::string_view data) {
  if (channel_id >= channels_.size()) throw std::invalid_argument("MCAP: no such channel");
  const bool first = chunk_messages_.empty();
  chunk_start_ns_ = first ? log_time_ns : std::min(chunk_start_ns_, log_time_ns);
  chunk_end_ns_ = first ? log_time_ns : std::max(chunk_end_ns_, log_time_ns);
  const bool very_first = statistics_.message_count == 0;
  statistics_.start_ns = very_first ? log_time_ns : std::min(statistics_.start_ns, log_time_ns);
  statistics_.end_ns = very_first ? log_time_ns : std::max(statistics_.end_ns, log_time_ns);
  ++statistics_.message_count;
  ++statistics_.channel_message_counts[channel_id];
  chunk_messages_[channel_id].push_back({log_time_ns, chunk_.size()});
  const McapMessage message{channel_id, sequences_[channel_id]++, log_time_ns, log_time_ns, data};
  chunk_ += McapRecord(McapOp::kMessage, McapContent(message));
  if (chunk_.size() >= options_.chunk_bytes) CloseChunk();
}

void McapWriter::AddMetadata(const McapMetadata& metadata) {
  CloseChunk();
  const std::string record = McapRecord(McapOp::kMetadata, McapContent(metadata));
  metadata_.push_back({offset_, record.size(), metadata.name});
  Put(record);
}

void McapWriter::CloseChunk() {
  if (chunk_.empty()) return;
  const std::string packed = options_.compress ? CompressZstd(chunk_) : chunk_;
  McapChunkIndex index;
  index.start_ns = chunk_start_ns_;
  index.end_ns = chunk_end_ns_;
  index.chunk_offset = offset_;
  index.compression = options_.compress ? "zstd" : "";
  index.compressed_size = packed.size();
  index.uncompressed_size = chunk_.size();
  Put(McapRecord(McapOp::kChunk, McapContent(McapChunk{index.start_ns, index.end_ns, chunk_.size(),
                                                       McapCrc(chunk_), index.compression, packed})));
  index.chunk_length = offset_ - index.chunk_offset;
  for (auto& [channel_id, places] : chunk_messages_) {
    std::stable_sort(places.begin(), places.end(), [](const MessagePlace& a, const MessagePlace& b) {
      return a.log_time_ns < b.log_time_ns;
    });
    McapBytes entries;
    for (const MessagePlace& place : places) entries.Add(place.log_time_ns).Add(place.offset);
    index.message_index_offsets[channel_id] = offset_;
    Put(McapRecord(McapOp::kMessageIndex, McapBytes().Add(channel_id).AddText(entries.bytes()).bytes()));
  }
  index.message_index_length = offset_ - index.chunk_offset - index.chunk_length;
  chunk_indexes_.push_back(std::move(index));
  chunk_.clear();
  chunk_messages_.clear();
  chunk_start_ns_ = chunk_end_ns_ = 0;
}

void McapWriter::PutSummaryGroup(std::string& offsets, McapOp op, const std::vector<std::string>& contents) {
  if (contents.empty()) return;
  const std::uint64_t start = offset_;
  for (const std::string& content : contents) Put(McapRecord(op, content));
  offsets += McapRecord(McapOp::kSummaryOffset, McapBytes().Add(op).Add(start).Add(offset_ - start).bytes());
}

void McapWriter::PutSummary() {
  statistics_.schema_count = static_cast<std::uint16_t>(schemas_.size());
  statistics_.channel_count = static_cast<std::uint32_t>(channels_.size());
  statistics_.metadata_count = static_cast<std::uint32_t>(metadata_.size());
  statistics_.chunk_count = static_cast<std::uint32_t>(chunk_indexes_.size());
  const auto contents_of = [](const auto& parts) {
    std::vector<std::string> contents;
    for (const auto& part : parts) contents.push_back(McapContent(part));
    return contents;
  };
  std::vector<std::string> metadata_indexes;
  for (const MetadataPlace& place : metadata_) {
    metadata_indexes.push_back(McapBytes().Add(place.offset).Add(place.length).AddText(place.name).bytes());
  }
  const std::uint64_t summary_start = offset_;
  crc_ = 0;  // from here on that of the summary
  std::string offsets;
  PutSummaryGroup(offsets, McapOp::kSchema, contents_of(schemas_));
  PutSummaryGroup(offsets, McapOp::kChannel, contents_of(channels_));
  PutSummaryGroup(offsets, McapOp::kStatistics, {McapContent(statistics_)});
  PutSummaryGroup(offsets, McapOp::kChunkIndex, contents_of(chunk_indexes_));
  PutSummaryGroup(offsets, McapOp::kMetadataIndex, metadata_indexes);
  const std::uint64_t summary_offset_start = offset_;
  Put(offsets);
  Put(McapBytes()
          .Add(McapOp::kFooter)
          .Add(std::uint64_t{20})
          .Add(summary_start)
          .Add(summary_offset_start)
          .bytes());
  Put(McapBytes().Add(crc_).bytes());
}

void McapWriter::Finish() {
  CloseChunk();
  Put(McapRecord(McapOp::kDataEnd, McapBytes().Add(crc_).bytes()));
  PutSummary();
  Put(kMcapMagic);
  if (fsync(descriptor_) != 0) FailMcapWrite(target_, "cannot flush it");
  const int descriptor = descriptor_;
  descriptor_ = -1;
  const bool closed = close(descriptor) == 0;
  if (!closed || rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    unlink(temporary_.c_str());
    errno = error;
    FailMcapWrite(target_, closed ? "cannot put it in place" : "cannot close it");
  }
}

void McapWriter::Put(std::string_view bytes) {
  offset_ += bytes.size();
  crc_ = McapCrc(bytes, crc_);
  while (!bytes.empty()) {
    const ssize_t wrote = write(descriptor_, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) FailMcapWrite(target_, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

}  // namespace perilune::datasets
