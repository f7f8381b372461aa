#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/formats/mcap_records.h"

namespace perilune::datasets {

struct McapWriterOptions {
  std::string profile = "ros2";
  std::uint64_t chunk_bytes = std::uint64_t{1} << 20;  ///< a chunk is closed when its records reach this
  bool compress = true;                                ///< chunks by zstd
};

/// Writes an MCAP file: chunks with CRC and message indexes, and at its end a summary (schemas, channels,
/// statistics, chunk and metadata indexes, summary offsets) with CRC. Memory holds one chunk and the indexes.
/// The file appears under its name in Finish(); destroyed before, the writer leaves nothing behind.
class McapWriter {
 public:
  /// Throws dem::WriteError.
  explicit McapWriter(const std::filesystem::path& path, const McapWriterOptions& options = {});
  ~McapWriter();
  McapWriter(const McapWriter&) = delete;
  McapWriter& operator=(const McapWriter&) = delete;

  /// The channel's id. A schema of the same name is written once.
  std::uint16_t AddChannel(const std::string& topic, const std::string& schema_name,
                           const std::string& schema_encoding, const std::string& schema_data,
                           const std::string& message_encoding, const McapTexts& metadata = {});
  /// Publish time and log time are one. Throws dem::WriteError, std::invalid_argument for an unknown channel.
  void Write(std::uint16_t channel_id, std::uint64_t log_time_ns, std::string_view data);
  void AddMetadata(const McapMetadata& metadata);
  /// Summary, footer; flushes, and puts the file in its place. Throws dem::WriteError.
  void Finish();

  std::uint64_t message_count() const { return statistics_.message_count; }

 private:
  struct MessagePlace {
    std::uint64_t log_time_ns;
    std::uint64_t offset;
  };
  struct MetadataPlace {
    std::uint64_t offset;
    std::uint64_t length;
    std::string name;
  };

  void Put(std::string_view bytes);
  void PutSummaryGroup(std::string& offsets, McapOp op, const std::vector<std::string>& contents);
  void CloseChunk();
  void PutSummary();

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  std::uint64_t offset_ = 0;
  std::uint32_t crc_ = 0;  ///< of all bytes so far
  McapWriterOptions options_;
  std::vector<McapSchema> schemas_;
  std::vector<McapChannel> channels_;
  std::vector<std::uint32_t> sequences_;
  std::string chunk_;
  std::uint64_t chunk_start_ns_ = 0;
  std::uint64_t chunk_end_ns_ = 0;
  std::map<std::uint16_t, std::vector<MessagePlace>> chunk_messages_;
  std::vector<McapChunkIndex> chunk_indexes_;
  std::vector<MetadataPlace> metadata_;
  McapStatistics statistics_;
};

}  // namespace perilune::datasets
