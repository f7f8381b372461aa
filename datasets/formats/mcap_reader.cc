#include "datasets/formats/mcap_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "datasets/formats/mcap_bytes.h"
#include "datasets/formats/mcap_compression.h"
#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

constexpr std::uint64_t kFooterContent = 20;
constexpr std::uint64_t kFooterRecord = kMcapRecordPrefix + kFooterContent;
constexpr std::uint64_t kLoosePiece = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxOpenBytes = std::uint64_t{1} << 31;
/// What a chunk says before its records, with a name of a compression of some length.
constexpr std::uint64_t kChunkFront = 8 + 8 + 8 + 4 + 4 + 64;

/// Opcode and content of the records in a chunk, in turn. Throws std::invalid_argument where one is cut.
template <typename Visit>
void ForEachRecord(std::string_view records, const Visit& visit) {
  McapFields fields(records);
  while (!fields.AtEnd()) {
    const std::uint64_t offset = records.size() - fields.rest().size();
    const auto op = static_cast<McapOp>(fields.Take<std::uint8_t>());
    visit(op, offset, fields.TakeRaw(fields.Take<std::uint64_t>()));
  }
}

}  // namespace

/// Reads at places; never more than the file has.
class McapReader::File {
 public:
  explicit File(const std::filesystem::path& path) : path_(path) {
    descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw dem::DataError(path, std::string("cannot be opened: ") + std::strerror(errno));
    struct stat status {};
    if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
      close(descriptor_);
      throw dem::DataError(path, "is no file");
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  ~File() { close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::uint64_t size() const { return size_; }
  bool Has(std::uint64_t offset, std::uint64_t length) const {
    return offset <= size_ && length <= size_ - offset;
  }

  std::string Read(std::uint64_t offset, std::uint64_t length) const {
    if (!Has(offset, length)) throw dem::DataError(path_, "a record reaches beyond the file's end");
    std::string bytes(length, '\0');
    std::size_t filled = 0;
    while (filled < length) {
      const ssize_t got =
          pread(descriptor_, bytes.data() + filled, length - filled, static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) throw dem::DataError(path_, "cannot be read");
      filled += static_cast<std::size_t>(got);
    }
    return bytes;
  }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// The unpacked records of a piece, and its messages by time.
struct McapReader::OpenPiece {
  std::string records;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> messages;  ///< log time, offset of the record
  std::size_t next = 0;
};

McapReader::McapReader(const std::filesystem::path& path) : path_(path), file_(std::make_unique<File>(path)) {
  const std::uint64_t magic = kMcapMagic.size();
  if (!file_->Has(0, magic) || file_->Read(0, magic) != kMcapMagic) {
    throw dem::DataError(path, "is no MCAP file (its first bytes are others)");
  }
  const std::uint64_t size = file_->size();
  const bool whole = size >= 2 * magic + kFooterRecord && file_->Read(size - magic, magic) == kMcapMagic;
  try {
    if (whole) ReadSummary(size - magic - kFooterRecord);
    Survey(magic, whole ? size - magic : size);
  } catch (const std::invalid_argument& error) {
    throw dem::DataError(path, error.what());
  }
  if (whole && damage_) throw dem::DataError(path, "is damaged: " + *damage_);
  if (!whole && !damage_) damage_ = "its end is missing";
}

McapReader::~McapReader() = default;

void McapReader::ReadSummary(std::uint64_t footer_offset) {
  const std::string record = file_->Read(footer_offset, kFooterRecord);
  McapFields fields(record);
  if (fields.Take<McapOp>() != McapOp::kFooter || fields.Take<std::uint64_t>() != kFooterContent) {
    throw std::invalid_argument("has no footer record before its end");
  }
  const McapFooter footer = ParseMcapFooter(fields.rest());
  if (footer.summary_start == 0) return;
  if (footer.summary_start < kMcapMagic.size() || footer.summary_start > footer_offset) {
    throw std::invalid_argument("the footer places the summary outside the file");
  }
  const std::string summary = file_->Read(footer.summary_start, footer_offset - footer.summary_start);
  if (footer.summary_crc != 0) {
    const std::uint32_t crc =
        McapCrc(std::string_view(record).substr(0, kFooterRecord - 4), McapCrc(summary));
    if (crc != footer.summary_crc) throw std::invalid_argument("the summary's CRC is wrong");
  }
  ForEachRecord(summary, [this](McapOp op, std::uint64_t, std::string_view content) {
    if (op == McapOp::kChunkIndex) {
      const McapChunkIndex index = ParseMcapChunkIndex(content);
      indexes_[index.chunk_offset] = index;
    } else if (op == McapOp::kStatistics) {
      statistics_ = ParseMcapStatistics(content);
    } else {
      TakeDefinition(op, content);
    }
  });
}

void McapReader::Survey(std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t offset = begin; offset < end;) {
    const auto index = indexes_.find(offset);
    if (index != indexes_.end()) {
      const McapChunkIndex& chunk = index->second;
      // Sums of lengths that a file states may wrap round.
      if (chunk.chunk_length < kMcapRecordPrefix || chunk.chunk_length > end - offset ||
          chunk.message_index_length > end - offset - chunk.chunk_length) {
        throw std::invalid_argument("a chunk index reaches beyond the file's end");
      }
      pieces_.push_back({true, chunk.start_ns, chunk.end_ns, offset, chunk.chunk_length});
      offset += chunk.chunk_length + chunk.message_index_length;
      continue;
    }
    if (end - offset < kMcapRecordPrefix) {
      damage_ = "it is cut at byte " + std::to_string(offset);
      return;
    }
    const std::string prefix = file_->Read(offset, kMcapRecordPrefix);
    McapFields fields(prefix);
    const auto op = fields.Take<McapOp>();
    const auto length = fields.Take<std::uint64_t>();
    if (op == McapOp::kDataEnd || op == McapOp::kFooter) return;
    if (length > end - offset - kMcapRecordPrefix) {
      damage_ = "the record at byte " + std::to_string(offset) + " is cut";
      return;
    }
    TakeRecord(op, offset, kMcapRecordPrefix + length);
    offset += kMcapRecordPrefix + length;
  }
}

void McapReader::TakeRecord(McapOp op, std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t content = offset + kMcapRecordPrefix;
  const std::uint64_t content_length = length - kMcapRecordPrefix;
  switch (op) {
    case McapOp::kSchema:
    case McapOp::kChannel:
    case McapOp::kMetadata:
      return TakeDefinition(op, file_->Read(content, content_length));
    case McapOp::kMessage: {
      const std::string front = file_->Read(content, std::min<std::uint64_t>(content_length, 22));
      return AddLooseMessage(offset, length, ParseMcapMessage(front).log_time_ns);
    }
    case McapOp::kChunk: {
      const std::string front = file_->Read(content, std::min(content_length, kChunkFront));
      McapFields fields(front);
      Piece piece{true, fields.Take<std::uint64_t>(), 0, offset, length};
      piece.end_ns = fields.Take<std::uint64_t>();
      TakeDefinitions(ReadChunk(piece));
      pieces_.push_back(piece);
      return;
    }
    default:
      return;  // indexes, attachments, and what later versions may add
  }
}

void McapReader::TakeDefinitions(std::string_view records) {
  ForEachRecord(records,
                [this](McapOp op, std::uint64_t, std::string_view content) { TakeDefinition(op, content); });
}

void McapReader::TakeDefinition(McapOp op, std::string_view content) {
  if (op == McapOp::kSchema) {
    const McapSchema schema = ParseMcapSchema(content);
    if (schema.id != 0) schemas_.try_emplace(schema.id, schema);
  } else if (op == McapOp::kChannel) {
    const McapChannel channel = ParseMcapChannel(content);
    channels_.try_emplace(channel.id, channel);
  } else if (op == McapOp::kMetadata) {
    metadata_.push_back(ParseMcapMetadata(content));
  }
}

void McapReader::AddLooseMessage(std::uint64_t offset, std::uint64_t length, std::uint64_t log_time_ns) {
  const bool joins = !pieces_.empty() && !pieces_.back().chunk &&
                     pieces_.back().offset + pieces_.back().length == offset &&
                     pieces_.back().length < kLoosePiece;
  if (!joins) pieces_.push_back({false, log_time_ns, log_time_ns, offset, 0});
  Piece& piece = pieces_.back();
  piece.start_ns = std::min(piece.start_ns, log_time_ns);
  piece.end_ns = std::max(piece.end_ns, log_time_ns);
  piece.length += length;
}

std::string McapReader::ReadChunk(const Piece& piece) const {
  const std::string record = file_->Read(piece.offset, piece.length);
  McapFields fields(record);
  if (fields.Take<McapOp>() != McapOp::kChunk) throw std::invalid_argument("an index names what is no chunk");
  if (fields.Take<std::uint64_t>() != fields.rest().size()) {
    throw std::invalid_argument("an index gives a chunk another length than it has");
  }
  const McapChunk chunk = ParseMcapChunk(fields.rest());
  std::string records = DecompressMcap(chunk.compression, chunk.records, chunk.uncompressed_size);
  if (chunk.uncompressed_crc != 0 && McapCrc(records) != chunk.uncompressed_crc) {
    throw std::invalid_argument("the CRC of the chunk at byte " + std::to_string(piece.offset) + " is wrong");
  }
  return records;
}

McapReader::OpenPiece McapReader::Open(const Piece& piece) const {
  OpenPiece opened;
  opened.records = piece.chunk ? ReadChunk(piece) : file_->Read(piece.offset, piece.length);
  ForEachRecord(opened.records, [&](McapOp op, std::uint64_t offset, std::string_view content) {
    if (op != McapOp::kMessage) return;
    const McapMessage message = ParseMcapMessage(content);
    if (channels_.count(message.channel_id) == 0) {
      throw std::invalid_argument("a message names channel " + std::to_string(message.channel_id) +
                                  ", which is not defined");
    }
    // A piece that is opened too late would break the order of time.
    if (message.log_time_ns < piece.start_ns || message.log_time_ns > piece.end_ns) {
      throw std::invalid_argument("a message lies outside the times of its chunk");
    }
    opened.messages.emplace_back(message.log_time_ns, offset);
  });
  std::stable_sort(opened.messages.begin(), opened.messages.end());
  return opened;
}

void McapReader::ForEachMessage(const std::function<void(const McapMessage&)>& visit) const {
  ForEachMessage(0, std::numeric_limits<std::uint64_t>::max(), visit);
}

void McapReader::ForEachMessage(std::uint64_t start_ns, std::uint64_t end_ns,
                                const std::function<void(const McapMessage&)>& visit) const try {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].end_ns >= start_ns && pieces_[i].start_ns <= end_ns) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return pieces_[a].start_ns < pieces_[b].start_ns;
  });
  std::map<std::size_t, OpenPiece> open;
  std::set<std::tuple<std::uint64_t, std::size_t>> next;  // time of the next message, piece
  std::uint64_t open_bytes = 0;
  const auto requeue = [&](std::size_t piece) {
    const OpenPiece& opened = open.at(piece);
    if (opened.next < opened.messages.size()) {
      next.emplace(opened.messages[opened.next].first, piece);
    } else {
      open_bytes -= opened.records.size();
      open.erase(piece);
    }
  };
  for (std::size_t unopened = 0; unopened < order.size() || !next.empty();) {
    if (unopened < order.size() &&
        (next.empty() || pieces_[order[unopened]].start_ns <= std::get<0>(*next.begin()))) {
      const std::size_t piece = order[unopened++];
      open_bytes += open.emplace(piece, Open(pieces_[piece])).first->second.records.size();
      if (open_bytes > kMaxOpenBytes) throw std::invalid_argument("too many chunks overlap in time (2 GiB)");
      requeue(piece);
      continue;
    }
    const std::size_t piece = std::get<1>(*next.begin());
    next.erase(next.begin());
    OpenPiece& opened = open.at(piece);
    McapFields fields(std::string_view(opened.records).substr(opened.messages[opened.next++].second));
    fields.Take<McapOp>();
    const McapMessage message = ParseMcapMessage(fields.TakeRaw(fields.Take<std::uint64_t>()));
    if (message.log_time_ns >= start_ns && message.log_time_ns <= end_ns) visit(message);
    requeue(piece);
  }
} catch (const std::invalid_argument& error) {
  throw dem::DataError(path_, error.what());
}

}  // namespace perilune::datasets
