#include "datasets/formats/ros2_topics.h"

#include <algorithm>

#include "dem/io/data_error.h"

namespace perilune::datasets {
namespace {

std::string TopicList(const std::vector<const McapChannel*>& channels) {
  std::string list;
  for (const McapChannel* channel : channels) list += (list.empty() ? "" : ", ") + channel->topic;
  return list.empty() ? "none" : list;
}

}  // namespace

std::vector<const McapChannel*> ChannelsOfType(const McapReader& log, const std::string& type) {
  std::vector<const McapChannel*> channels;
  for (const auto& [id, channel] : log.channels()) {
    const auto schema = log.schemas().find(channel.schema_id);
    if (schema == log.schemas().end() || schema->second.name != type) continue;
    if (channel.message_encoding == "cdr") channels.push_back(&channel);
  }
  std::sort(channels.begin(), channels.end(), [](const McapChannel* a, const McapChannel* b) {
    return a->topic != b->topic ? a->topic < b->topic : a->id < b->id;
  });
  return channels;
}

std::optional<std::uint16_t> ChooseChannel(const McapReader& log, const std::string& type,
                                           const std::string& named, const std::string& preferred,
                                           const std::string& option) {
  const std::vector<const McapChannel*> channels = ChannelsOfType(log, type);
  const auto with_topic = [&](const std::string& topic) {
    return std::find_if(channels.begin(), channels.end(),
                        [&](const McapChannel* channel) { return channel->topic == topic; });
  };
  const auto chosen = with_topic(named.empty() ? preferred : named);
  if (chosen != channels.end()) return (*chosen)->id;
  if (!named.empty()) {
    throw dem::DataError(log.path(), option + " " + named + ": no such topic of " + type +
                                         " in cdr (there: " + TopicList(channels) + ")");
  }
  if (channels.empty()) return std::nullopt;
  if (channels.size() > 1) {
    throw dem::DataError(
        log.path(), "several topics of " + type + " (" + TopicList(channels) + "): name one by " + option);
  }
  return channels.front()->id;
}

}  // namespace perilune::datasets
