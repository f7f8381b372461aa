#include "datasets/formats/mcap_records.h"

#include "datasets/formats/mcap_bytes.h"

namespace perilune::datasets {
namespace {

std::string TextsContent(const McapTexts& texts) {
  McapBytes bytes;
  for (const auto& [key, value] : texts) bytes.AddText(key).AddText(value);
  return bytes.bytes();
}

McapTexts TakeTexts(McapFields& fields) {
  McapFields pairs(fields.TakeText());
  McapTexts texts;
  while (!pairs.AtEnd()) {
    const std::string key(pairs.TakeText());
    texts[key] = pairs.TakeText();
  }
  return texts;
}

std::string NumbersContent(const std::map<std::uint16_t, std::uint64_t>& numbers) {
  McapBytes bytes;
  for (const auto& [id, number] : numbers) bytes.Add(id).Add(number);
  return bytes.bytes();
}

std::map<std::uint16_t, std::uint64_t> TakeNumbers(McapFields& fields) {
  McapFields pairs(fields.TakeText());
  std::map<std::uint16_t, std::uint64_t> numbers;
  while (!pairs.AtEnd()) {
    const auto id = pairs.Take<std::uint16_t>();
    numbers[id] = pairs.Take<std::uint64_t>();
  }
  return numbers;
}

}  // namespace

std::string McapRecord(McapOp op, std::string_view content) {
  return McapBytes().Add(op).Add(std::uint64_t{content.size()}).AddRaw(content).bytes();
}

std::string McapContent(const McapSchema& schema) {
  return McapBytes()
      .Add(schema.id)
      .AddText(schema.name)
      .AddText(schema.encoding)
      .AddText(schema.data)
      .bytes();
}

std::string McapContent(const McapChannel& channel) {
  return McapBytes()
      .Add(channel.id)
      .Add(channel.schema_id)
      .AddText(channel.topic)
      .AddText(channel.message_encoding)
      .AddText(TextsContent(channel.metadata))
      .bytes();
}

std::string McapContent(const McapMessage& message) {
  return McapBytes()
      .Add(message.channel_id)
      .Add(message.sequence)
      .Add(message.log_time_ns)
      .Add(message.publish_time_ns)
      .AddRaw(message.data)
      .bytes();
}

std::string McapContent(const McapChunk& chunk) {
  return McapBytes()
      .Add(chunk.start_ns)
      .Add(chunk.end_ns)
      .Add(chunk.uncompressed_size)
      .Add(chunk.uncompressed_crc)
      .AddText(chunk.compression)
      .Add(std::uint64_t{chunk.records.size()})
      .AddRaw(chunk.records)
      .bytes();
}

std::string McapContent(const McapChunkIndex& index) {
  return McapBytes()
      .Add(index.start_ns)
      .Add(index.end_ns)
      .Add(index.chunk_offset)
      .Add(index.chunk_length)
      .AddText(NumbersContent(index.message_index_offsets))
      .Add(index.message_index_length)
      .AddText(index.compression)
      .Add(index.compressed_size)
      .Add(index.uncompressed_size)
      .bytes();
}

std::string McapContent(const McapStatistics& statistics) {
  return McapBytes()
      .Add(statistics.message_count)
      .Add(statistics.schema_count)
      .Add(statistics.channel_count)
      .Add(statistics.attachment_count)
      .Add(statistics.metadata_count)
      .Add(statistics.chunk_count)
      .Add(statistics.start_ns)
      .Add(statistics.end_ns)
      .AddText(NumbersContent(statistics.channel_message_counts))
      .bytes();
}

std::string McapContent(const McapMetadata& metadata) {
  return McapBytes().AddText(metadata.name).AddText(TextsContent(metadata.texts)).bytes();
}

McapSchema ParseMcapSchema(std::string_view content) {
  McapFields fields(content);
  McapSchema schema;
  schema.id = fields.Take<std::uint16_t>();
  schema.name = fields.TakeText();
  schema.encoding = fields.TakeText();
  schema.data = fields.TakeText();
  return schema;
}

McapChannel ParseMcapChannel(std::string_view content) {
  McapFields fields(content);
  McapChannel channel;
  channel.id = fields.Take<std::uint16_t>();
  channel.schema_id = fields.Take<std::uint16_t>();
  channel.topic = fields.TakeText();
  channel.message_encoding = fields.TakeText();
  channel.metadata = TakeTexts(fields);
  return channel;
}

McapMessage ParseMcapMessage(std::string_view content) {
  McapFields fields(content);
  McapMessage message;
  message.channel_id = fields.Take<std::uint16_t>();
  message.sequence = fields.Take<std::uint32_t>();
  message.log_time_ns = fields.Take<std::uint64_t>();
  message.publish_time_ns = fields.Take<std::uint64_t>();
  message.data = fields.rest();
  return message;
}

McapChunk ParseMcapChunk(std::string_view content) {
  McapFields fields(content);
  McapChunk chunk;
  chunk.start_ns = fields.Take<std::uint64_t>();
  chunk.end_ns = fields.Take<std::uint64_t>();
  chunk.uncompressed_size = fields.Take<std::uint64_t>();
  chunk.uncompressed_crc = fields.Take<std::uint32_t>();
  chunk.compression = fields.TakeText();
  chunk.records = fields.TakeRaw(fields.Take<std::uint64_t>());
  return chunk;
}

McapChunkIndex ParseMcapChunkIndex(std::string_view content) {
  McapFields fields(content);
  McapChunkIndex index;
  index.start_ns = fields.Take<std::uint64_t>();
  index.end_ns = fields.Take<std::uint64_t>();
  index.chunk_offset = fields.Take<std::uint64_t>();
  index.chunk_length = fields.Take<std::uint64_t>();
  index.message_index_offsets = TakeNumbers(fields);
  index.message_index_length = fields.Take<std::uint64_t>();
  index.compression = fields.TakeText();
  index.compressed_size = fields.Take<std::uint64_t>();
  index.uncompressed_size = fields.Take<std::uint64_t>();
  return index;
}

McapStatistics ParseMcapStatistics(std::string_view content) {
  McapFields fields(content);
  McapStatistics statistics;
  statistics.message_count = fields.Take<std::uint64_t>();
  statistics.schema_count = fields.Take<std::uint16_t>();
  statistics.channel_count = fields.Take<std::uint32_t>();
  statistics.attachment_count = fields.Take<std::uint32_t>();
  statistics.metadata_count = fields.Take<std::uint32_t>();
  statistics.chunk_count = fields.Take<std::uint32_t>();
  statistics.start_ns = fields.Take<std::uint64_t>();
  statistics.end_ns = fields.Take<std::uint64_t>();
  statistics.channel_message_counts = TakeNumbers(fields);
  return statistics;
}

McapFooter ParseMcapFooter(std::string_view content) {
  McapFields fields(content);
  McapFooter footer;
  footer.summary_start = fields.Take<std::uint64_t>();
  footer.summary_offset_start = fields.Take<std::uint64_t>();
  footer.summary_crc = fields.Take<std::uint32_t>();
  return footer;
}

McapMetadata ParseMcapMetadata(std::string_view content) {
  McapFields fields(content);
  McapMetadata metadata;
  metadata.name = fields.TakeText();
  metadata.texts = TakeTexts(fields);
  return metadata;
}

}  // namespace perilune::datasets
