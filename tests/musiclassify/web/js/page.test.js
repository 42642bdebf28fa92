/** What the page reads and writes by itself: words, tags, rarer files, playlists, dropped folders. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { isAiff, readAiff } from "../../../../musiclassify/web/static/js/core/aiff.js";
import { toPlaylist } from "../../../../musiclassify/web/static/js/core/answer.js";
import { level } from "../../../../musiclassify/web/static/js/core/words.js";
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
