#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lz4frame.h>

#include <random>
#include <string>
#include <vector>

#include "datasets/formats/mcap_bytes.h"
#include "datasets/formats/mcap_compression.h"
#include "datasets/formats/mcap_reader.h"
#include "datasets/formats/mcap_writer.h"
#include "dem/io/data_error.h"
#include "tests/support/temp_folder.h"

namespace perilune::datasets {
namespace {

using test::ReadBytes;
using test::TempFolder;
using testing::ElementsAre;
using testing::HasSubstr;

struct Seen {
  std::uint16_t channel;
  std::uint32_t sequence;
  std::uint64_t time;
  std::string data;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> ReadAll(const McapReader& reader) {
  std::vector<Seen> seen;
  reader.ForEachMessage([&seen](const McapMessage& m) {
    seen.push_back({m.channel_id, m.sequence, m.log_time_ns, std::string(m.data)});
  });
  return seen;
}

std::string ReadRefusal(const std::filesystem::path& path) {
  try {
    ReadAll(McapReader(path));
  } catch (const dem::DataError& error) {
    return error.what();
  }
  return "accepted";
}

std::uint16_t AddTextChannel(McapWriter& writer, const std::string& topic) {
  return writer.AddChannel(topic, "text", "", "", "x-text", {{"unit", "m"}});
}

/// Two channels, messages of 50 bytes at the times 10, 20 … , a chunk each hundred bytes.
void WriteSmallMcap(const std::filesystem::path& path, int messages, const McapWriterOptions& options) {
  McapWriter writer(path, options);
  const std::uint16_t a = AddTextChannel(writer, "/a"), b = AddTextChannel(writer, "/b");
  writer.AddMetadata({"about", {{"key", "value"}}});
  for (int i = 1; i <= messages; ++i) {
    const auto time = static_cast<std::uint64_t>(10 * i);
    writer.Write(i % 2 == 0 ? a : b, time, std::string(50, static_cast<char>('a' + i % 26)));
  }
  writer.Finish();
}

const McapWriterOptions kSmallChunks{"", 100, true};

std::string Framed(std::initializer_list<std::string> records) {
  std::string file(kMcapMagic);
  for (const std::string& record : records) file += record;
  return file + std::string(kMcapMagic);
}

std::string HeaderRecord() {
  return McapRecord(McapOp::kHeader, McapBytes().AddText("").AddText("t").bytes());
}

std::string FooterRecord() {
  return McapRecord(McapOp::kFooter,
                    McapBytes().Add(std::uint64_t{0}).Add(std::uint64_t{0}).Add(std::uint32_t{0}).bytes());
}

std::string ChannelRecord() {
  return McapRecord(McapOp::kChannel, McapContent(McapChannel{1, 0, "/t", "x", {}}));
}

std::string MessageRecord(std::uint64_t time, const std::string& data) {
  return McapRecord(McapOp::kMessage, McapContent(McapMessage{1, 0, time, time, data}));
}

std::string ChunkRecord(std::uint64_t start, std::uint64_t end, const std::string& records,
                        const std::string& compression, const std::string& packed) {
  return McapRecord(McapOp::kChunk, McapContent(McapChunk{start, end, records.size(), McapCrc(records),
                                                          compression, packed}));
}

TEST(Mcap, WritesTheBytesOfARecordAsTheSpecificationSays) {
  EXPECT_EQ(McapRecord(McapOp::kDataEnd, McapBytes().Add(std::uint32_t{0x04030201}).bytes()),
            std::string("\x0f\4\0\0\0\0\0\0\0\1\2\3\4", 13));
  EXPECT_EQ(McapContent(McapMetadata{"n", {{"k", "vw"}}}),
            std::string("\1\0\0\0n\13\0\0\0\1\0\0\0k\2\0\0\0vw", 20));
  EXPECT_EQ(McapCrc("123456789"), 0xcbf43926U);  // the check value of this CRC
}

TEST(Mcap, ComesBackWithItsIndexes) {
  const TempFolder folder;
  for (const bool compress : {true, false}) {
    WriteSmallMcap(folder / "t.mcap", 21, {"ros2", 100, compress});
    const McapReader reader(folder / "t.mcap");
    EXPECT_FALSE(reader.damage());
    ASSERT_TRUE(reader.statistics());
    EXPECT_EQ(reader.statistics()->message_count, 21U);
    EXPECT_EQ(reader.statistics()->channel_message_counts.at(0), 10U);
    EXPECT_EQ(reader.statistics()->start_ns, 10U);
    EXPECT_EQ(reader.statistics()->end_ns, 210U);
    EXPECT_GT(reader.statistics()->chunk_count, 10U);
    EXPECT_EQ(reader.channels().at(1).topic, "/b");
    EXPECT_EQ(reader.channels().at(1).metadata.at("unit"), "m");
    ASSERT_EQ(reader.metadata().size(), 1U);
    EXPECT_EQ(reader.metadata()[0].texts.at("key"), "value");
    const std::vector<Seen> seen = ReadAll(reader);
    ASSERT_EQ(seen.size(), 21U);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const int k = static_cast<int>(i) + 1;
      const Seen expected{static_cast<std::uint16_t>(k % 2), static_cast<std::uint32_t>((k - 1) / 2),
                          static_cast<std::uint64_t>(10 * k),
                          std::string(50, static_cast<char>('a' + k % 26))};
      EXPECT_EQ(seen[i], expected) << i;
    }
  }
}

TEST(Mcap, ReadsAWindowOfTime) {
  const TempFolder folder;
  WriteSmallMcap(folder / "t.mcap", 21, kSmallChunks);
  std::vector<std::uint64_t> times;
  McapReader(folder / "t.mcap").ForEachMessage(75, 100, [&](const McapMessage& m) {
    times.push_back(m.log_time_ns);
  });
  EXPECT_THAT(times, ElementsAre(80, 90, 100));
}

TEST(Mcap, DoesNotReadChunksOutsideOfTheWindow) {
  const TempFolder folder;
  WriteSmallMcap(folder / "t.mcap", 21, kSmallChunks);
  std::string bytes = ReadBytes(folder / "t.mcap");
  const std::size_t first_chunk = bytes.find("zstd");
  bytes[first_chunk + 30] = static_cast<char>(bytes[first_chunk + 30] ^ 1);
  const McapReader reader(folder.Write("t.mcap", bytes));
  int seen = 0;
  reader.ForEachMessage(150, 1000, [&](const McapMessage&) { ++seen; });
  EXPECT_EQ(seen, 7);  // 150 … 210
  EXPECT_THROW(ReadAll(reader), dem::DataError);
}

TEST(Mcap, GivesMessagesByTimeWhateverTheirOrderInTheFile) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    const TempFolder folder;
    McapWriter writer(folder / "t.mcap", {"", 200, seed % 2 == 0});
    const std::uint16_t channel = AddTextChannel(writer, "/a");
    std::vector<std::uint64_t> times;
    for (std::uint64_t i = 0; i < 300; ++i) {
      times.push_back(i + random() % 40);  // chunks overlap, and times repeat
      writer.Write(channel, times.back(), std::to_string(i));
    }
    writer.Finish();
    const std::vector<Seen> seen = ReadAll(McapReader(folder / "t.mcap"));
    ASSERT_EQ(seen.size(), 300U);
    std::vector<std::size_t> order(300);
    for (std::size_t i = 0; i < 300; ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return times[a] < times[b]; });
    for (std::size_t i = 0; i < 300; ++i) ASSERT_EQ(seen[i].data, std::to_string(order[i])) << seed;
  }
}

TEST(Mcap, WriterLeavesNothingBehindUnfinished) {
  const TempFolder folder;
  { McapWriter(folder / "t.mcap").AddMetadata({"a", {}}); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THROW(McapWriter(folder / "none" / "t.mcap"), dem::WriteError);
}

TEST(Mcap, ReadsFilesWithoutSummaryAndWithoutChunks) {
  const TempFolder folder;
  const auto path = folder.Write(
      "t.mcap",
      Framed({HeaderRecord(), ChannelRecord(), MessageRecord(7, "later"), MessageRecord(3, "first"),
              McapRecord(static_cast<McapOp>(0x7f), "unknown"), MessageRecord(5, ""), FooterRecord()}));
  const McapReader reader(path);
  EXPECT_FALSE(reader.damage());
  EXPECT_FALSE(reader.statistics());
  const std::vector<Seen> seen = ReadAll(reader);
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].data, "first");
  EXPECT_EQ(seen[1].time, 5U);
  EXPECT_EQ(seen[2].data, "later");
}

TEST(Mcap, ReadsLz4) {
  const std::string records = ChannelRecord() + MessageRecord(4, std::string(3000, 'x'));
  std::string packed(LZ4F_compressFrameBound(records.size(), nullptr), '\0');
  packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), records.data(), records.size(), nullptr));
  ASSERT_LT(packed.size(), 500U);
  const TempFolder folder;
  const auto path = folder.Write(
      "t.mcap", Framed({HeaderRecord(), ChunkRecord(4, 4, records, "lz4", packed), FooterRecord()}));
  EXPECT_EQ(ReadAll(McapReader(path)).at(0).data, std::string(3000, 'x'));
  const auto cut = folder.Write(
      "cut.mcap",
      Framed({HeaderRecord(), ChunkRecord(4, 4, records, "lz4", packed.substr(0, packed.size() / 2)),
              FooterRecord()}));
  EXPECT_THAT(ReadRefusal(cut), HasSubstr("lz4"));
}

TEST(Mcap, RecoversWhatIsCompleteOfACutFile) {
  const TempFolder folder;
  WriteSmallMcap(folder / "whole.mcap", 9, kSmallChunks);
  const std::string whole = ReadBytes(folder / "whole.mcap");
  const std::vector<Seen> all = ReadAll(McapReader(folder / "whole.mcap"));
  std::size_t most = 0;
  for (std::size_t size = kMcapMagic.size(); size < whole.size(); ++size) {
    const McapReader reader(folder.Write("cut.mcap", whole.substr(0, size)));
    EXPECT_TRUE(reader.damage()) << size;
    const std::vector<Seen> seen = ReadAll(reader);
    ASSERT_LE(seen.size(), all.size());
    EXPECT_TRUE(std::equal(seen.begin(), seen.end(), all.begin())) << size;
    EXPECT_GE(seen.size(), most) << size;
    most = seen.size();
  }
  EXPECT_EQ(most, all.size());
}

TEST(Mcap, FindsEveryFlippedBitInAChunk) {
  const TempFolder folder;
  WriteSmallMcap(folder / "whole.mcap", 4, {"", 1000, true});
  const std::string whole = ReadBytes(folder / "whole.mcap");
  const std::vector<Seen> all = ReadAll(McapReader(folder / "whole.mcap"));
  const std::size_t chunk = whole.find("\x06", 8 + 9 + 8 + 8);
  // Behind what the record says of its times and sizes: the CRC, and what is packed.
  const std::size_t begin = whole.find("zstd") + 12, end = whole.find('\x07', begin + 60);
  ASSERT_LT(chunk, begin);
  ASSERT_LT(begin, end);
  for (std::size_t at = begin; at < end; ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 4);
    EXPECT_NE(ReadRefusal(folder.Write("broken.mcap", broken)), "accepted") << at;
  }
}

TEST(Mcap, RefusesWhatLies) {
  const TempFolder folder;
  const auto refusal = [&](std::initializer_list<std::string> records) {
    return ReadRefusal(folder.Write("t.mcap", Framed(records)));
  };
  EXPECT_THAT(ReadRefusal(folder.Write("t.mcap", "no MCAP at all")), HasSubstr("is no MCAP file"));
  EXPECT_THAT(ReadRefusal(folder / "none.mcap"), HasSubstr("cannot be opened"));
  EXPECT_THAT(ReadRefusal(folder.path()), HasSubstr("is no file"));
  EXPECT_THAT(refusal({HeaderRecord(), MessageRecord(1, ""), FooterRecord()}), HasSubstr("channel 1"));
  const std::string records = ChannelRecord() + MessageRecord(4, "x");
  EXPECT_THAT(refusal({HeaderRecord(), ChunkRecord(5, 6, records, "", records), FooterRecord()}),
              HasSubstr("outside the times"));
  EXPECT_THAT(refusal({HeaderRecord(), ChunkRecord(4, 4, records, "", "short"), FooterRecord()}),
              HasSubstr("does not unpack"));
  EXPECT_THAT(refusal({HeaderRecord(), ChunkRecord(4, 4, records, "bz2", records), FooterRecord()}),
              HasSubstr("'bz2'"));
  // A chunk of 1 EiB, in a file of a few bytes.
  EXPECT_THAT(refusal({HeaderRecord(),
                       McapRecord(McapOp::kChunk,
                                  McapContent(McapChunk{4, 4, std::uint64_t{1} << 60, 0, "zstd", records})),
                       FooterRecord()}),
              HasSubstr("more than"));
  std::string huge = HeaderRecord();
  huge += McapBytes().Add(McapOp::kMetadata).Add(~std::uint64_t{0}).bytes();
  EXPECT_THAT(refusal({huge, FooterRecord()}), HasSubstr("is cut"));
}

TEST(Mcap, DoesNotAllocateWhatZstdOnlyPromises) {
  const std::string packed = CompressZstd("four");
  EXPECT_THROW(DecompressMcap("zstd", packed, 3), std::invalid_argument);
  EXPECT_THROW(DecompressMcap("zstd", packed, kMcapMaxChunkBytes), std::invalid_argument);
  EXPECT_EQ(DecompressMcap("zstd", packed, 4), "four");
  EXPECT_THROW(DecompressMcap("zstd", packed.substr(0, packed.size() - 1), 4), std::invalid_argument);
  EXPECT_THROW(DecompressMcap("zstd", packed + packed.substr(0, 3), 4), std::invalid_argument);
  const std::string large(1'000'000, 'z');
  EXPECT_EQ(DecompressMcap("zstd", CompressZstd(large), large.size()), large);
}

}  // namespace
}  // namespace perilune::datasets
