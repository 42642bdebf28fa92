/** What the page reads and writes by itself: words, tags, rarer files, playlists, dropped folders. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { isAiff, readAiff } from "../../../../musiclassify/web/static/js/core/aiff.js";
import { toPlaylist } from "../../../../musiclassify/web/static/js/core/answer.js";
import { level } from "../../../../musiclassify/web/static/js/core/words.js";
import { mp3Ends } from "../../../../musiclassify/web/static/js/core/mp3.js";
import { fromDrop, isSound } from "../../../../musiclassify/web/static/js/intake.js";
import { parseTags } from "../../../../musiclassify/web/static/js/tags.js";

const words = JSON.parse(readFileSync(new URL("../../../../musiclassify/released/words.json", import.meta.url), "utf-8"));

test("words are chosen as in Python (test_words.py has the same cases)", () => {
  const cases = [
    [[0.8], false, "sure"],
    [[0.79], false, "probably"],
    [[0.5, 0.25], true, "between"],
    [[0.6, 0.24, 0.1], true, "perhaps"],
    [[0.4, 0.3], true, "perhaps"],
    [[0.39, 0.3, 0.2], true, "guess"],
    [[0.95], true, "perhaps"],
  ];
  for (const [values, uncertain, expected] of cases) {
    const rest = 1 - values.reduce((a, b) => a + b, 0);
    const probabilities = { ...Object.fromEntries(values.map((p, k) => [`g${k}`, p])), other: rest };
    assert.equal(level({ probabilities, uncertain }, words), expected, JSON.stringify(values));
  }
  assert.equal(level({ sound: "speech", probabilities: { a: 1 }, uncertain: true }, words), "none");
});

const ascii = (text) => [...text].map((c) => c.charCodeAt(0));
const be = (value, n) => Array.from({ length: n }, (_, k) => Math.floor(value / 256 ** (n - 1 - k)) % 256);
const le = (value, n) => be(value, n).reverse();
const chunk = (name, body) => [...ascii(name), ...be(body.length, 4), ...body];

test("aiff of 16 bits and of little end, two channels", () => {
  const rate = [0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0]; // 44 100 as an 80-bit float
  const comm = [...be(2, 2), ...be(2, 4), ...be(16, 2), ...rate];
  const make = (kind, compression, sound) => Uint8Array.from([...ascii("FORM"), 0, 0, 0, 0, ...ascii(kind), ...chunk("COMM", [...comm, ...ascii(compression)]), ...chunk("SSND", [...be(0, 8), ...sound])]).buffer;
  const big = make("AIFF", "", [0x40, 0, 0xc0, 0, 0x20, 0, 0x20, 0]);
  assert.ok(isAiff(big));
  assert.deepEqual([...readAiff(big).samples], [0, 0.25]);
  assert.equal(readAiff(big).sampleRate, 44100);
  assert.deepEqual([...readAiff(make("AIFC", "sowt", [0, 0x40, 0, 0xc0, 0, 0x20, 0, 0x20])).samples], [0, 0.25]);
  assert.equal(readAiff(make("AIFC", "ima4", [1, 2, 3, 4])), null);
  for (const n of [24, 30, 50, 60]) assert.doesNotThrow(() => readAiff(big.slice(0, n)), `cut to ${n}`);
});

test("tags of mp3, flac and mp4, and of what is broken", () => {
  const frame = (name, body) => [...ascii(name), ...be(body.length, 4), 0, 0, ...body];
  const frames = [...frame("TIT2", [1, 0xff, 0xfe, ...ascii("É").concat(0)]), ...frame("TPE1", [0, ...ascii("Beyonc\xe9")]), ...frame("APIC", [0, ...ascii("image/png"), 0, 3, 0, 9, 9])];
  const id3 = Uint8Array.from([...ascii("ID3"), 3, 0, 0, 0, 0, 0, frames.length, ...frames, 0, 0]);
  assert.equal(parseTags(id3).title, "É");
  assert.equal(parseTags(id3).artist, "Beyoncé");
  assert.deepEqual([...parseTags(id3).picture], [9, 9]);

  const comment = (text) => [...le(text.length, 4), ...ascii(text)];
  const block = [...comment("me"), ...le(2, 4), ...comment("TITLE=a=b"), ...comment("Artist=c")];
  const flac = Uint8Array.from([...ascii("fLaC"), 0x84, ...be(block.length, 3), ...block]);
  assert.deepEqual(parseTags(flac), { title: "a=b", artist: "c" });

  const box = (name, ...bodies) => [...be(8 + bodies.flat().length, 4), ...ascii(name), ...bodies.flat()];
  const data = (text) => box("data", be(1, 4), be(0, 4), ascii(text));
  const mp4 = Uint8Array.from([...box("ftyp", ascii("M4A ")), ...box("moov", box("udta", box("meta", be(0, 4), box("ilst", box("\xa9nam", data("t")), box("\xa9ART", data("a"))))))]);
  assert.deepEqual(parseTags(mp4), { title: "t", artist: "a" });

  for (const whole of [id3, flac, mp4]) for (let n = 0; n < whole.length; n++) assert.doesNotThrow(() => parseTags(whole.slice(0, n)));
});

test("a playlist names what has an answer, a line each", () => {
  const answer = { duration_s: 61.6, genre: "jazz" };
  const songs = [{ path: "album/a\n.mp3", title: "A", artist: "B", answer }, { path: "b.mp3" }];
  assert.equal(toPlaylist(songs), "#EXTM3U\n#EXTENC:UTF-8\n#EXTINF:62,B - A\n#EXTGENRE:jazz\nalbum/a .mp3\n");
});

test("a dropped folder is walked for its sounds; files that are dropped are all taken", async () => {
  const file = (name, type = "") => ({ isFile: true, isDirectory: false, file: (good) => good({ name, type }) });
  const folder = (...children) => {
    const parts = [children.slice(0, 1), children.slice(1), []]; // browsers give some at a time
    return { isFile: false, isDirectory: true, createReader: () => ({ readEntries: (good) => good(parts.shift()) }) };
  };
  const drop = (...entries) => ({ items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })), files: ["as they are"] });
  const found = await fromDrop(drop(folder(file("b10.mp3"), file("cover.jpg"), folder(file("b9.FLAC")), file("x", "audio/mpeg")), file("notes.txt")));
  assert.deepEqual(found.files.map(({ name }) => name), ["b9.FLAC", "b10.mp3", "x", "notes.txt"]);
  assert.equal(found.folders, 1);
  assert.deepEqual((await fromDrop(drop(file("notes.txt")))).files, ["as they are"]);
  assert.ok(!isSound({ name: "._song.mp3", type: "audio/mpeg" }));
});

test("what is left to cut of an mp3 depends on what the browser has cut", () => {
  const first = (delay, padding) => [...[0xff, 0xfb, 0x90, 0x00], ...new Array(32).fill(0), ...ascii("Info"), ...be(0xf, 4), ...be(100, 4), ...be(9999, 4), ...new Array(100).fill(0), ...be(0, 4), ...ascii("LAME3.100"), ...new Array(12).fill(0), delay >> 4, ((delay & 15) << 4) | (padding >> 8), padding & 255, ...new Array(20).fill(0)];
  const tagged = mp3Ends(Uint8Array.from(first(576, 648)).buffer);
  assert.deepEqual(tagged(115200), { first: 1105, last: 119 }, "nothing is cut yet");
  assert.deepEqual(tagged(115200 - 529), { first: 576, last: 119 }, "its own delay is");
  assert.deepEqual(tagged(115200 - 1105 - 119), { first: 0, last: 0 }, "all is");
  assert.deepEqual(mp3Ends(Uint8Array.from(first(576, 100)).buffer)(115200), { first: 1105, last: 0 });
  const note = (kind) => [...ascii("iTunSMPB"), ...kind, ...ascii(" 00000000 00000210 0000070C 0000000000010000 00000000")];
  const id3 = (body) => [...ascii("ID3"), 3, 0, 0, 0, 0, body.length >> 7, body.length & 127, ...body, 0xff, 0xfb, 0x90, 0, ...new Array(60).fill(0)];
  const noted = mp3Ends(Uint8Array.from(id3([...ascii("COMM"), ...be(80, 4), 0, 0, 0, ...ascii("eng"), ...note([0])])).buffer);
  assert.deepEqual(noted(0x10000 + 0x210 + 0x70c), { first: 0x210, last: 0x70c });
  assert.deepEqual(noted(0x10000), { first: 0, last: 0 });
  for (const bytes of [[], [0xff], ascii("ID3"), id3([1, 2, 3]), [0xff, 0xfb, 0x90, 0]]) assert.deepEqual(mp3Ends(Uint8Array.from(bytes).buffer)(1152), { first: 0, last: 0 });
});
