#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/mcap_records.h"

namespace perilune::datasets {

/// An MCAP file opened for reading, with or without a summary. Memory holds the indexes and those chunks
/// whose times overlap. CRCs that are there are checked.
class McapReader {
 public:
  /// Surveys the file: by the chunk indexes of its summary where it has them, and from record to record
  /// where not. A file that is cut is read as far as its records are complete: see damage(). Throws
  /// dem::DataError: missing, no MCAP, a file that is whole but damaged.
  explicit McapReader(const std::filesystem::path& path);
  ~McapReader();
  McapReader(const McapReader&) = delete;
  McapReader& operator=(const McapReader&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::uint16_t, McapSchema>& schemas() const { return schemas_; }
  const std::map<std::uint16_t, McapChannel>& channels() const { return channels_; }
  const std::vector<McapMetadata>& metadata() const { return metadata_; }
  const std::optional<McapStatistics>& statistics() const { return statistics_; }
  /// Why not all of the file can be read; nothing for a file that is whole.
  const std::optional<std::string>& damage() const { return damage_; }

  /// All messages by log time; those of one time in the file's order. `message.data` is valid during the
  /// call. Throws dem::DataError: damaged chunk, wrong CRC, a message of an unknown channel, chunks of more
  /// than 2 GiB that overlap in time.
  void ForEachMessage(const std::function<void(const McapMessage& message)>& visit) const;

  /// Messages whose log time lies in [start_ns, end_ns]; chunks outside are not read.
  void ForEachMessage(std::uint64_t start_ns, std::uint64_t end_ns,
                      const std::function<void(const McapMessage& message)>& visit) const;

 private:
  class File;
  /// Bytes of the file that hold messages: a chunk record, or records outside of chunks.
  struct Piece {
    bool chunk = true;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  struct OpenPiece;

  void ReadSummary(std::uint64_t footer_offset);
  void Survey(std::uint64_t begin, std::uint64_t end);
  void TakeRecord(McapOp op, std::uint64_t offset, std::uint64_t length);
  void TakeDefinitions(std::string_view records);
  void TakeDefinition(McapOp op, std::string_view content);
  void AddLooseMessage(std::uint64_t offset, std::uint64_t length, std::uint64_t log_time_ns);
  std::string ReadChunk(const Piece& piece) const;
  OpenPiece Open(const Piece& piece) const;

  std::filesystem::path path_;
  std::unique_ptr<File> file_;
  std::map<std::uint16_t, McapSchema> schemas_;
  std::map<std::uint16_t, McapChannel> channels_;
  std::vector<McapMetadata> metadata_;
  std::optional<McapStatistics> statistics_;
  std::map<std::uint64_t, McapChunkIndex> indexes_;  ///< by the chunk's offset
  std::vector<Piece> pieces_;                        ///< the file's order
  std::optional<std::string> damage_;
};

}  // namespace perilune::datasets
