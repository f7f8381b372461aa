#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace perilune::datasets {

// Records of MCAP, version 0 (https://mcap.dev/spec). A record is its opcode (1 byte), the length of its
// content (8 bytes) and the content. Times are nanoseconds; offsets are bytes from the start of the file.

enum class McapOp : std::uint8_t {
  kHeader = 0x01,
  kFooter = 0x02,
  kSchema = 0x03,
  kChannel = 0x04,
  kMessage = 0x05,
  kChunk = 0x06,
  kMessageIndex = 0x07,
  kChunkIndex = 0x08,
  kAttachment = 0x09,
  kAttachmentIndex = 0x0A,
  kStatistics = 0x0B,
  kMetadata = 0x0C,
  kMetadataIndex = 0x0D,
  kSummaryOffset = 0x0E,
  kDataEnd = 0x0F,
};

inline constexpr std::string_view kMcapMagic = "\x89MCAP0\r\n";
inline constexpr std::uint64_t kMcapRecordPrefix = 9;  ///< opcode and length

using McapTexts = std::map<std::string, std::string>;

struct McapSchema {
  std::uint16_t id = 0;
  std::string name;
  std::string encoding;
  std::string data;
};

struct McapChannel {
  std::uint16_t id = 0;
  std::uint16_t schema_id = 0;  ///< 0: none
  std::string topic;
  std::string message_encoding;
  McapTexts metadata;
};

/// `data` is a view into what holds the record.
struct McapMessage {
  std::uint16_t channel_id = 0;
  std::uint32_t sequence = 0;
  std::uint64_t log_time_ns = 0;
  std::uint64_t publish_time_ns = 0;
  std::string_view data;
};

/// What stands before a chunk's records, and they (compressed).
struct McapChunk {
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t uncompressed_size = 0;
  std::uint32_t uncompressed_crc = 0;  ///< 0: not known
  std::string_view compression;        ///< "", "zstd" or "lz4"
  std::string_view records;
};

struct McapChunkIndex {
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t chunk_offset = 0;
  std::uint64_t chunk_length = 0;  ///< with opcode and length
  std::map<std::uint16_t, std::uint64_t> message_index_offsets;
  std::uint64_t message_index_length = 0;
  std::string compression;
  std::uint64_t compressed_size = 0;
  std::uint64_t uncompressed_size = 0;
};

struct McapStatistics {
  std::uint64_t message_count = 0;
  std::uint16_t schema_count = 0;
  std::uint32_t channel_count = 0;
  std::uint32_t attachment_count = 0;
  std::uint32_t metadata_count = 0;
  std::uint32_t chunk_count = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  std::map<std::uint16_t, std::uint64_t> channel_message_counts;
};

struct McapFooter {
  std::uint64_t summary_start = 0;         ///< 0: there is no summary
  std::uint64_t summary_offset_start = 0;  ///< 0: there are no summary offsets
  std::uint32_t summary_crc = 0;           ///< 0: not known
};

struct McapMetadata {
  std::string name;
  McapTexts texts;
};

/// Opcode, length and content.
std::string McapRecord(McapOp op, std::string_view content);

std::string McapContent(const McapSchema& schema);
std::string McapContent(const McapChannel& channel);
std::string McapContent(const McapMessage& message);
std::string McapContent(const McapChunk& chunk);
std::string McapContent(const McapChunkIndex& index);
std::string McapContent(const McapStatistics& statistics);
std::string McapContent(const McapMetadata& metadata);

// From the content of a record. Throw std::invalid_argument when it is cut; fields behind the known ones are
// let be, as the specification asks.
McapSchema ParseMcapSchema(std::string_view content);
McapChannel ParseMcapChannel(std::string_view content);
McapMessage ParseMcapMessage(std::string_view content);
McapChunk ParseMcapChunk(std::string_view content);
McapChunkIndex ParseMcapChunkIndex(std::string_view content);
McapStatistics ParseMcapStatistics(std::string_view content);
McapFooter ParseMcapFooter(std::string_view content);
McapMetadata ParseMcapMetadata(std::string_view content);

}  // namespace perilune::datasets
