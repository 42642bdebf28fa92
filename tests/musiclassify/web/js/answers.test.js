/** The released models in onnxruntime-web answer the golden signals as onnxruntime does in Python (answers.json). */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import * as ort from "../../../../musiclassify/web/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs";

ort.env.wasm.numThreads = 1;

const golden = JSON.parse(readFileSync(new URL("../../../golden/answers.json", import.meta.url), "utf-8"));
const graph = (name) => new URL(`../../../../models/released/${name}/model.onnx`, import.meta.url);

function synthesise({ n, partials }) {
  const samples = new Float32Array(n);
  for (let i = 0; i < n; i += 1) {
    const t = i / golden.rate;
    let sum = 0;
    for (const [hz, amplitude, wobble] of partials) {
      sum += (amplitude * Math.sin(2 * Math.PI * hz * t) * (1 + Math.sin(2 * Math.PI * wobble * t))) / 2;
    }
    samples[i] = sum;
  }
  return samples;
}

for (const [name, answers] of Object.entries(golden.answers)) {
  // A value within rounding of a tree's threshold sends the tree the other way.
  const tolerance = /xgb|blend/.test(name) ? 0.03 : 1e-3;
  test(`${name} answers as in Python, within ${tolerance}`, async () => {
    const session = await ort.InferenceSession.create(readFileSync(graph(name)), { executionProviders: ["wasm"] });
    for (const [title, want] of Object.entries(answers)) {
      const signal = golden.signals[title];
      const samples = new ort.Tensor("float32", synthesise(signal), [1, signal.n]);
      const got = await session.run({ samples });
      const p = Array.from(got.probabilities.data);
      p.forEach((value, k) => assert.ok(Math.abs(value - want.probabilities[k]) < tolerance, `${title}: ${p}`));
      assert.equal(got.segment_probabilities.dims[1], want.segments, title);
    }
  });
}
