/** The browser's twins of audio/ against the values that audio/ gave (golden.json): `node --test tests/web/js`. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { excerptAnswer, songAnswer, toCsv, toJson } from "../../../../musiclassify/web/static/js/core/answer.js";
import { draftPays } from "../../../../musiclassify/web/static/js/core/draft.js";
import { Attention, effortOf, order, plan, spread } from "../../../../musiclassify/web/static/js/core/effort.js";
import { excerptBounds, vote, winner } from "../../../../musiclassify/web/static/js/core/excerpts.js";
import { Resampler } from "../../../../musiclassify/web/static/js/core/resample.js";
import { count, starts } from "../../../../musiclassify/web/static/js/core/segments.js";
import { sniff } from "../../../../musiclassify/web/static/js/core/sniff.js";
import { isWav, readWav } from "../../../../musiclassify/web/static/js/core/wav.js";
import { BAND_HZ, occlude, pieces, silenced, spectrogram, withoutBands } from "../../../../musiclassify/web/static/js/core/why.js";

const golden = JSON.parse(readFileSync(new URL("../golden.json", import.meta.url), "utf-8"));
const RATE = golden.sample_rate;

test("excerpts lie where musiclassify/audio/excerpts.py puts them", () => {
  assert.ok(golden.excerpts.length > 60);
  for (const { rule, n, bounds } of golden.excerpts) {
    const found = excerptBounds(n, rule, RATE).map(({ start, end }) => [start, end]);
    assert.deepEqual(found, bounds, `n=${n} rule=${JSON.stringify(rule)}`);
  }
});

test("segments start where musiclassify/audio/segments.py starts them", () => {
  for (const { n, segment, hop, starts: expected } of golden.segments) {
    assert.deepEqual(starts(n, segment, hop), expected, `n=${n} hop=${hop}`);
    assert.equal(count(n, segment, hop), expected.length);
  }
});

test("votes are those of musiclassify/audio/excerpts.py, ties included", () => {
  for (const { rows, method, result } of golden.votes) {
    const found = vote(rows, method);
    found.forEach((value, g) => assert.ok(Math.abs(value - result[g]) < 1e-12, `${method} ${JSON.stringify(rows)}`));
    assert.equal(winner(found), winner(result));
  }
  assert.throws(() => vote([[1]], "loudest"), /mean, majority/);
  assert.throws(() => vote([], "mean"), /no excerpts/);
});

const RULE = { skip_s: 30, skip_if_longer_than_s: 60, excerpt_s: 30, min_excerpt_s: 10 };

/** Hear a song of the golden file: pieces in the order of hearing, and the rows that vote. */
function heard({ config, effort: name, method, n, silent, answers }) {
  const sound = new Float32Array(n).fill(0.5);
  for (const [first, last] of silent) sound.fill(0, first, last);
  const { sample_rate: rate, features } = config;
  const effort = effortOf(config, {}, name);
  const { pieces, of, whole } = plan(excerptBounds(n, RULE, rate), effort, {
    segment: features.segment_s * rate,
    hop: features.segment_hop_s * rate,
    loud: (start, end) => sound.subarray(start, end).some((value) => Math.abs(value) >= config.silence_peak),
    loudest: (start, end) => start + sound.subarray(start, end).indexOf(Math.max(...sound.subarray(start, end))),
  });
  const attention = new Attention(config, effort, method);
  const rows = [];
  const done = [];
  for (const [k, piece] of pieces.entries()) {
    if (!whole && k > 0 && attention.settled(of)) break;
    const row = answers[k % answers.length];
    attention.hear(row, piece.end - piece.start, config.music ?? 1);
    rows.push(row);
    done.push([piece.start, piece.end]);
  }
  return { whole, pieces: done, rows: whole ? rows : attention.rows() };
}

test("as much of a song is heard as by musiclassify/released/effort.py", () => {
  for (const [k, found] of golden.spread.entries()) assert.deepEqual(spread(found.length), found, `spread ${k}`);
  for (const { count, room, visited } of golden.order) assert.deepEqual(order(count, room), visited, `order ${count} ${room}`);
  assert.ok(golden.efforts.length > 100);
  for (const [k, song] of golden.efforts.entries()) {
    const { whole, pieces, rows } = heard(song);
    assert.deepEqual({ whole, pieces }, { whole: song.whole, pieces: song.pieces }, `song ${k}`);
    rows.forEach((row, i) => row.forEach((p, g) => assert.ok(Math.abs(p - song.rows[i][g]) < 1e-9, `song ${k}`)));
  }
  assert.throws(() => effortOf({}, {}, "much"), /fast, normal, full/);
});

const chirp = (rate) =>
  Float32Array.from({ length: 2 * rate }, (_, i) => 0.5 * Math.sin(2 * Math.PI * (50 + ((9000 - 50) / 4) * (i / rate)) * (i / rate)));

test("resampling gives soxr's samples: from 44.1 kHz within 2e-6, from other rates within 2e-4", () => {
  for (const { rate, length, first, step, values } of golden.resampled) {
    const resampler = new Resampler(rate, RATE);
    const input = chirp(rate);
    assert.equal(resampler.length(input.length), length, `rate=${rate}`);
    if (!values) continue;
    const output = resampler.range(input, 0, length);
    const tolerance = rate === 44100 ? 2e-6 : 1e-5;
    values.forEach((value, k) => assert.ok(Math.abs(output[first + k * step] - value) < tolerance, `rate=${rate} sample ${first + k * step}`));
  }
  for (const { rate, n, length } of golden.lengths) assert.equal(new Resampler(rate, RATE).length(n), length, `rate=${rate} n=${n}`);
});

test("a part of a resampled signal is that part, and what is above the Nyquist frequency is gone", () => {
  const resampler = new Resampler(44100, RATE);
  const input = chirp(44100);
  const whole = resampler.range(input, 0, resampler.length(input.length));
  assert.deepEqual(resampler.range(input, 3000, 9000), whole.slice(3000, 9000));
  const high = Float32Array.from({ length: 44100 }, (_, i) => Math.sin((2 * Math.PI * 12000 * i) / 44100));
  const left = resampler.range(high, 4000, 18000);
  assert.ok(left.every((value) => Math.abs(value) < 1e-4));
  assert.throws(() => new Resampler(0, RATE), /whole numbers/);
});

function wav({ code, bits, channels, values, extensible = false, extra = false }) {
  const width = bits / 8;
  const head = extensible ? 40 : 16;
  const odd = extra ? 8 + 3 + 1 : 0;
  const bytes = new ArrayBuffer(12 + 8 + head + odd + 8 + values.length * width);
  const view = new DataView(bytes);
  const put = (at, word) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  put(0, "RIFF");
  view.setUint32(4, bytes.byteLength - 8, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, head, true);
  view.setUint16(20, extensible ? 0xfffe : code, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 32000, true);
  view.setUint16(34, bits, true);
  if (extensible) view.setUint16(44, code, true);
  let at = 20 + head;
  if (extra) {
    put(at, "LIST");
    view.setUint32(at + 4, 3, true);
    at += odd;
  }
  put(at, "data");
  view.setUint32(at + 4, values.length * width, true);
  values.forEach((value, i) => {
    const place = at + 8 + i * width;
    if (code === 3) bits === 32 ? view.setFloat32(place, value, true) : view.setFloat64(place, value, true);
    else if (bits === 8) view.setUint8(place, value + 128);
    else if (bits === 16) view.setInt16(place, value, true);
    else if (bits === 24) {
      view.setUint16(place, value & 0xffff, true);
      view.setInt8(place + 2, value >> 16);
    } else view.setInt32(place, value, true);
  });
  return bytes;
}

test("wav of every width is read and mixed to mono", () => {
  for (const bits of [8, 16, 24, 32]) {
    const full = 2 ** (bits - 1);
    const { samples, sampleRate } = readWav(wav({ code: 1, bits, channels: 2, values: [full / 2, 0, -full, -full] }));
    assert.deepEqual([...samples], [0.25, -1]);
    assert.equal(sampleRate, 32000);
  }
  for (const bits of [32, 64]) assert.deepEqual([...readWav(wav({ code: 3, bits, channels: 1, values: [0.5, -0.25] })).samples], [0.5, -0.25]);
  assert.deepEqual([...readWav(wav({ code: 1, bits: 16, channels: 1, values: [16384], extensible: true, extra: true })).samples], [0.5]);
});

test("what is no plain wav is left to the browser, and cut off files are read as far as they go", () => {
  assert.equal(readWav(wav({ code: 0x11, bits: 16, channels: 1, values: [1] })), null);
  assert.equal(readWav(new TextEncoder().encode("OggS and so on").buffer), null);
  assert.equal(isWav(new ArrayBuffer(3)), false);
  const whole = wav({ code: 1, bits: 16, channels: 1, values: [1, 2, 3, 4] });
  assert.equal(readWav(whole.slice(0, whole.byteLength - 3)).samples.length, 2);
  for (let cut = 0; cut < whole.byteLength; cut++) readWav(whole.slice(0, cut));
});

const bytesOf = (...parts) => Uint8Array.from(parts.flatMap((p) => (typeof p === "string" ? [...p].map((c) => c.charCodeAt(0)) : p))).buffer;

test("the rate of compressed files is read from their heads", () => {
  const pad = new Array(64).fill(0);
  assert.deepEqual(sniff(bytesOf("OggS", pad.slice(0, 20), "\u0001vorbis", [0, 0, 0, 0, 2, 0x44, 0xac, 0, 0], pad)), { container: "ogg", sampleRate: 44100 });
  assert.equal(sniff(bytesOf("OggS", pad.slice(0, 20), "OpusHead", pad)).sampleRate, 48000);
  assert.equal(sniff(bytesOf("fLaC", [0, 0, 0, 34], pad.slice(0, 10), [0x0a, 0xc4, 0x42], pad)).sampleRate, 44100);
  assert.equal(sniff(bytesOf([0xff, 0xfb, 0x94, 0x64], pad)).sampleRate, 48000);
  assert.equal(sniff(bytesOf("ID3", [3, 0, 0, 0, 0, 0, 10], pad.slice(0, 10), [0xff, 0xf3, 0x90, 0x64], pad)).sampleRate, 22050);
  assert.equal(sniff(bytesOf([0, 0, 0, 24], "ftypM4A ", pad, "mp4a", pad.slice(0, 24), [0xac, 0x44, 0, 0], pad)).sampleRate, 44100);
  for (const junk of ["", "x", "OggS", "fLaC", "0000ftyp", "RIFF", "not music at all, but long enough"]) assert.equal(sniff(bytesOf(junk)).sampleRate, null, junk);
});

const config = { name: "toy", labels: ["jazz", "rock"], sample_rate: RATE, uncertain_below: 0.5 };
const part = (start, jazz) => ({ start_s: start, end_s: start + 30, genre: jazz > 0.5 ? "jazz" : "rock", probabilities: { jazz, rock: 1 - jazz }, segments: [] });

test("what is no music is said to be none, as in Python", () => {
  const sounding = { ...config, sounds: { names: ["music", "speech", "noise"], music_below: 0.5 } };
  const bounds = { start: 0, end: RATE };
  const features = { segment_s: 1, segment_hop_s: 1 };
  const heard = (music, speech, noise) => excerptAnswer({ ...sounding, features }, bounds, [0.9, 0.1], [[0.9, 0.1]], [music, speech, noise]);
  const of = (...excerpts) => songAnswer(sounding, excerpts, { durationS: 1, vote: "mean" });
  assert.deepEqual(heard(0.2, 0.7, 0.1).sounds, { music: 0.2, speech: 0.7, noise: 0.1 });
  assert.equal(of(heard(0.2, 0.7, 0.1), heard(0.4, 0.1, 0.5)).sound, "speech");
  assert.equal(of(heard(0.2, 0.7, 0.1)).uncertain, true);
  assert.equal(of(heard(0.5, 0.4, 0.1)).sound, "");
  assert.equal(songAnswer(config, [heard(0.2, 0.7, 0.1)], { durationS: 1, vote: "mean" }).sound, "", "a model that does not tell");
});

test("the answer, and its downloads", () => {
  const answer = songAnswer(config, [part(30, 0.9), part(60, 0.2)], { durationS: 95, vote: "mean" });
  assert.equal(answer.genre, "jazz");
  assert.equal(answer.skipped_s, 30);
  assert.equal(answer.uncertain, false);
  const songs = [
    { name: '=cmd|"x",1.mp3', status: "ok", message: "", answer },
    { name: "b.mp3", status: "error", message: "no\nsound" },
  ];
  const lines = toCsv(songs).split("\n");
  assert.equal(lines[0], "path,status,genre,confidence,uncertain,p_jazz,p_rock,moods,duration_s,model,message");
  assert.equal(lines[1], `"'=cmd|""x"",1.mp3",ok,jazz,0.55,false,0.55,0.45,,95.0,toy,`);
  assert.equal(lines[2], String.raw`b.mp3,error,,,false,,,,,,no\nsound`);
  const plain = JSON.parse(toJson(songs));
  assert.equal(plain.songs[0].excerpts.length, 2);
  assert.equal(plain.songs[1].message, "no\nsound");
});

test("a table is the one that the command line writes", () => {
  const formats = new URL("../../formats/", import.meta.url);
  const { answers } = JSON.parse(readFileSync(new URL("rows.json", formats), "utf-8"));
  const songs = answers.map(({ path: name, status, message, model, duration_s, ...more }) => ({
    name, status, message, model, duration_s, answer: status === "ok" ? { duration_s, model, ...more } : undefined,
  }));
  assert.equal(toCsv(songs), readFileSync(new URL("rows.csv", formats), "utf-8"));
});

test("taking a band away takes its tones and leaves the others", () => {
  const n = 20000;
  const tone = (hz) => Float32Array.from({ length: n }, (_, i) => 0.3 * Math.sin((2 * Math.PI * hz * i) / RATE));
  const tone2 = tone(5000);
  const both = tone(300).map((value, i) => value + tone2[i]);
  const without = [...withoutBands(both, RATE)];
  assert.equal(without.length, BAND_HZ.length - 1);
  const rms = (x) => Math.sqrt(x.slice(2000, 18000).reduce((sum, v) => sum + v * v, 0) / 16000);
  const band = (hz) => BAND_HZ.findIndex((edge, b) => hz >= edge && hz < BAND_HZ[b + 1]);
  const off = (x, y) => rms(x.map((value, i) => value - y[i]));
  assert.ok(off(without[band(300)], tone2) < 0.01, "300 Hz is gone, 5 kHz is left");
  assert.ok(off(without[band(5000)], tone(300)) < 0.01);
  assert.ok(off(without[band(1000)], both) < 0.01, "nothing was there");
});

test("a silenced piece is silent, its edges fade, the rest is as it was", () => {
  const sound = new Float32Array(3 * RATE).fill(0.5);
  assert.deepEqual(pieces(3 * RATE, RATE), [[0, RATE], [RATE, 2 * RATE], [2 * RATE, 3 * RATE]]);
  assert.deepEqual(pieces(100, RATE), [[0, 100]]);
  const without = silenced(sound, [RATE, 2 * RATE], RATE);
  assert.ok(without.slice(RATE, 2 * RATE).every((value) => value === 0));
  assert.equal(without[RATE - 1] < 0.01, true);
  assert.equal(without[RATE - 300], 0.5);
  assert.equal(without[2 * RATE + 300], 0.5);
});

test("what an answer rests on is found, and every question is counted", async () => {
  const sound = Float32Array.from({ length: 2 * RATE }, (_, i) => (i < RATE ? 0.5 * Math.sin((2 * Math.PI * 300 * i) / RATE) : 0));
  const ask = async (x) => Math.min(1, 4 * x.reduce((sum, v) => sum + v * v, 0) / x.length);
  const steps = [];
  const found = await occlude(sound, RATE, ask, async (done, total) => steps.push([done, total]));
  const drop = ({ without }) => found.probability - without;
  assert.deepEqual(steps.at(-1), [11, 11]);
  assert.ok(drop(found.bands[2]) > 0.9 * found.probability, "200 to 400 Hz");
  assert.ok(drop(found.pieces[0]) > 0.9 * found.probability);
  assert.ok(Math.abs(drop(found.pieces[1])) < 0.01);
  const { columns, rows, levels } = spectrogram(sound, RATE);
  const loudest = levels.indexOf(Math.max(...levels));
  assert.equal(levels.length, columns * rows);
  const hz = 40 * (RATE / 80) ** (Math.floor(loudest / columns) / rows);
  assert.ok(hz > 250 && hz < 320, `${hz}`);
  assert.ok(loudest % columns < columns / 2, "in the first half");
});

test("a light model answers first only where that is worth its time", () => {
  assert.equal(draftPays({ chosenMs: Infinity, lightMs: Infinity }), true, "neither is here: the light one is there first");
  assert.equal(draftPays({ chosenMs: Infinity, lightMs: 900 }), true, "the chosen one is yet to come");
  assert.equal(draftPays({ chosenMs: 1400, lightMs: 100 }), false, "the chosen one is quick enough");
  assert.equal(draftPays({ chosenMs: 4000, lightMs: 1900 }), true);
  assert.equal(draftPays({ chosenMs: 4000, lightMs: 2100 }), false, "hardly quicker: the answer would come later for it");
  assert.equal(draftPays({ chosenMs: 4000, lightMs: Infinity }), false, "the light one is not even here");
});
