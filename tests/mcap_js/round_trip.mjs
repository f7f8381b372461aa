// node round_trip.mjs read FILE.mcap EXPECTED.json     what Perilune wrote, read by @mcap/core, equals EXPECTED
// node round_trip.mjs write FILE.mcap MESSAGES.json    the same messages, written by @mcap/core
// MESSAGES: [{topic, type, t_ns (text), message}], by time. Numbers that JSON does not have are texts.
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import fs from "node:fs";
import { open } from "node:fs/promises";

// Some of the packages can be imported in the older way alone.
const require = createRequire(import.meta.url);
const { McapIndexedReader, McapStreamReader, McapWriter } = require("@mcap/core");
const { loadDecompressHandlers } = require("@mcap/support");
const { MessageReader, MessageWriter } = require("@foxglove/rosmsg2-serialization");
const { parse, stringify } = require("@foxglove/rosmsg");
const { ros2jazzy } = require("@foxglove/rosmsg-msgs-common");
const { crc32 } = require("@foxglove/crc");
const zstd = require("@foxglove/wasm-zstd");

function fail(what) {
  console.error(what);
  process.exit(1);
}

function plain(value) {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (ArrayBuffer.isView(value)) return Array.from(value, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

function fromPlain(value) {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  if (Array.isArray(value)) return value.map(fromPlain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fromPlain(part)]));
}

/** ROS times are { sec, nanosec } on the wire; these packages say nsec. */
function renameTimes(value, from, to) {
  if (Array.isArray(value)) return value.map((part) => renameTimes(part, from, to));
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key === from ? to : key, renameTimes(part, from, to)]),
  );
}

/** Definitions of a type and all that it uses, from the package that ROS's own were copied into. */
function definitions(type) {
  const found = [];
  const add = (name) => {
    const definition = ros2jazzy[name];
    if (definition == undefined) fail(`rosmsg-msgs-common does not know ${name}`);
    if (found.includes(definition)) return;
    found.push(definition);
    for (const field of definition.definitions) if (field.isComplex) add(field.type);
  };
  add(type.replace("/msg/", "/"));
  return found;
}

/** Names and types in order: comments and default values do not matter on the wire. */
function wireFields(all) {
  const short = (name) => name?.replace("/msg/", "/");
  return all.map(({ name, definitions: fields }, index) => [
    index === 0 ? "" : short(name),
    fields
      .filter((field) => !field.isConstant)
      .map((f) => [f.name, short(f.type), f.isArray ?? false, f.arrayLength ?? null]),
  ]);
}

function checkSchema(schema) {
  // Time is built into these packages.
  const ours = wireFields(parse(new TextDecoder().decode(schema.data), { ros2: true })).filter(
    ([name]) => name !== "builtin_interfaces/Time",
  );
  const theirs = wireFields(definitions(schema.name));
  const byName = (a, b) => (a[0] < b[0] ? -1 : 1);
  if (!isDeepStrictEqual(ours.sort(byName), theirs.sort(byName))) {
    fail(`schema of ${schema.name}: ${JSON.stringify(ours)} is not ${JSON.stringify(theirs)}`);
  }
}

async function readIndexed(path) {
  const handle = await open(path);
  const size = BigInt((await handle.stat()).size);
  const readable = {
    size: async () => size,
    read: async (offset, length) => {
      const buffer = new Uint8Array(Number(length));
      await handle.read(buffer, 0, Number(length), Number(offset));
      return buffer;
    },
  };
  return McapIndexedReader.Initialize({ readable, decompressHandlers: await loadDecompressHandlers() });
}

async function read(path, expectedPath) {
  const expected = JSON.parse(fs.readFileSync(expectedPath, "utf8"));
  const reader = await readIndexed(path); // checks the CRC of the summary
  if (reader.header.profile !== "ros2") fail(`profile ${reader.header.profile}`);
  if (reader.statistics.messageCount !== BigInt(expected.length)) fail("statistics: message count");
  if (reader.statistics.chunkCount !== reader.chunkIndexes.length) fail("statistics: chunk count");
  for (const schema of reader.schemasById.values()) checkSchema(schema);
  const decoders = new Map();
  const decode = (message) => {
    const channel = reader.channelsById.get(message.channelId);
    const schema = reader.schemasById.get(channel.schemaId);
    if (channel.messageEncoding !== "cdr" || schema.encoding !== "ros2msg") fail("encodings");
    if (!decoders.has(schema.id)) {
      const text = new TextDecoder().decode(schema.data);
      decoders.set(schema.id, new MessageReader(parse(text, { ros2: true }), { timeType: "sec,nanosec" }));
    }
    const value = decoders.get(schema.id).readMessage(message.data);
    return {
      topic: channel.topic,
      type: schema.name,
      t_ns: String(message.logTime),
      message: renameTimes(plain(value), "nsec", "nanosec"),
    };
  };
  let index = 0;
  for await (const message of reader.readMessages({ validateCrcs: true })) {
    const found = decode(message);
    if (!isDeepStrictEqual(found, expected[index])) {
      fail(`message ${index}: ${JSON.stringify(found)}\nexpected ${JSON.stringify(expected[index])}`);
    }
    ++index;
  }
  if (index !== expected.length) fail(`${index} messages of ${expected.length}`);
  await checkSeek(reader, expected);
  checkStream(path, expected.length);
}

/** A window of time on one topic, by the indexes, backwards. */
async function checkSeek(reader, expected) {
  const middle = expected[Math.floor(expected.length / 2)];
  const from = BigInt(middle.t_ns);
  const found = [];
  for await (const message of reader.readMessages({ topics: [middle.topic], startTime: from, reverse: true })) {
    found.unshift(String(message.logTime));
  }
  const wanted = expected.filter((m) => m.topic === middle.topic && BigInt(m.t_ns) >= from).map((m) => m.t_ns);
  if (wanted.length === 0 || !isDeepStrictEqual(found, wanted)) fail(`seek: ${found} is not ${wanted}`);
}

/** From start to end without indexes; the CRCs of chunks by the package, that of the data section here. */
function checkStream(path, count) {
  const bytes = fs.readFileSync(path);
  const stream = new McapStreamReader({ validateCrcs: true, decompressHandlers: streamHandlers });
  stream.append(bytes);
  let messages = 0;
  for (let record; (record = stream.nextRecord()) != undefined; ) {
    if (record.type === "Message") ++messages;
    if (record.type !== "DataEnd") continue;
    // The record is opcode, length and CRC, and the summary follows it.
    const end = bytes.lastIndexOf(Buffer.from([0x0f, 4, 0, 0, 0, 0, 0, 0, 0]));
    if (record.dataSectionCrc === 0) fail("the data section has no CRC");
    if (crc32(bytes.subarray(0, end)) !== record.dataSectionCrc) fail("the data section's CRC is wrong");
  }
  if (messages !== count) fail(`stream: ${messages} messages of ${count}`);
  if (!stream.done()) fail("stream: the file does not end");
}

async function write(path, messagesPath) {
  await zstd.isLoaded;
  const file = fs.openSync(path, "w");
  let position = 0n;
  const writable = {
    position: () => position,
    write: async (buffer) => {
      fs.writeSync(file, buffer);
      position += BigInt(buffer.byteLength);
    },
  };
  const writer = new McapWriter({
    writable,
    chunkSize: 3000,
    compressChunk: (data) => ({ compression: "zstd", compressedData: zstd.compress(data, 3) }),
  });
  await writer.start({ profile: "ros2", library: "round_trip.mjs" });
  const channels = new Map();
  for (const { topic, type, t_ns, message } of JSON.parse(fs.readFileSync(messagesPath, "utf8"))) {
    if (!channels.has(topic)) {
      const all = definitions(type);
      const data = new TextEncoder().encode(stringify(all));
      const schemaId = await writer.registerSchema({ name: type, encoding: "ros2msg", data });
      const channel = { schemaId, topic, messageEncoding: "cdr", metadata: new Map() };
      channels.set(topic, [await writer.registerChannel(channel), new MessageWriter(all)]);
    }
    const [channelId, serializer] = channels.get(topic);
    const data = serializer.writeMessage(renameTimes(fromPlain(message), "nanosec", "nsec"));
    const time = BigInt(t_ns);
    await writer.addMessage({ channelId, sequence: 0, logTime: time, publishTime: time, data });
  }
  await writer.end();
  fs.closeSync(file);
}

const [verb, file, json] = process.argv.slice(2);
const streamHandlers = await loadDecompressHandlers();
if (verb === "read") await read(file, json);
else if (verb === "write") await write(file, json);
else fail("read or write");
