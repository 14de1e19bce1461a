// SPDX-License-Identifier: Apache-2.0
// Where the services of a graph stand: callers at the left, whom they need to the right. Pure.

export const NODE = { width: 176, height: 54, across: 84, down: 22 };

/** Whom each one reaches, over edges {from, to}. */
export function reach(edges, start, backwards = false) {
  const next = new Map();
  for (const { from, to } of edges) {
    const [a, b] = backwards ? [to, from] : [from, to];
    next.set(a, (next.get(a) ?? []).concat(b));
  }
  const seen = new Set();
  const todo = [start];
  while (todo.length > 0) {
    for (const name of next.get(todo.pop()) ?? []) {
      if (!seen.has(name) && name !== start) {
        seen.add(name);
        todo.push(name);
      }
    }
  }
  return seen;
}

/** The edges that close no ring, in the order in which one walks. */
function withoutRings(names, edges) {
  const next = new Map(names.map((name) => [name, []]));
  edges.forEach((edge) => next.get(edge.from).push(edge));
  const state = new Map();
  const kept = [];
  for (const root of names) {
    const stack = state.has(root) ? [] : [{ name: root, at: 0 }];
    state.set(root, state.get(root) ?? "open");
    while (stack.length > 0) {
      const top = stack.at(-1);
      const edge = next.get(top.name)[top.at++];
      if (edge === undefined) {
        state.set(top.name, "done");
        stack.pop();
      } else if (state.get(edge.to) !== "open") {
        kept.push(edge);
        if (!state.has(edge.to)) {
          state.set(edge.to, "open");
          stack.push({ name: edge.to, at: 0 });
        }
      }
    }
  }
  return kept;
}

/** As far to the right as the longest way to it. */
function layersOf(names, edges) {
  const kept = withoutRings(names, edges);
  const layer = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < names.length; round++) {
    let moved = false;
    for (const { from, to } of kept) {
      if (layer.get(to) < layer.get(from) + 1) {
        layer.set(to, layer.get(from) + 1);
        moved = true;
      }
    }
    if (!moved) {
      break;
    }
  }
  const layers = [];
  names.forEach((name) => (layers[layer.get(name)] ??= []).push(name));
  return layers.filter((names0) => names0 !== undefined);
}

/** Long edges pass the layers between through places of their own, so that they hide behind nobody. */
function withBends(layers, edges) {
  const layerOf = new Map();
  layers.forEach((names, i) => names.forEach((name) => layerOf.set(name, i)));
  const all = layers.map((names) => [...names]);
  const steps = [];
  const bends = new Map();
  for (const edge of edges) {
    const first = layerOf.get(edge.from);
    const last = layerOf.get(edge.to);
    let before = edge.from;
    const passed = [];
    for (let i = first + 1; i < last; i++) {
      const bend = { of: edge };
      all[i].push(bend);
      steps.push([before, bend]);
      passed.push(bend);
      before = bend;
    }
    steps.push([before, edge.to]);
    bends.set(edge, passed);
  }
  return { all, steps, bends };
}

/** Each one near the middle of its neighbours, so that few lines cross. */
function sort(layers, steps) {
  const near = new Map();
  for (const [a, b] of steps) {
    near.set(a, (near.get(a) ?? []).concat(b));
    near.set(b, (near.get(b) ?? []).concat(a));
  }
  for (let sweep = 0; sweep < 10; sweep++) {
    const spot = new Map();
    layers.forEach((names) => names.forEach((name, i) => spot.set(name, (i + 0.5) / names.length)));
    const middle = new Map();
    for (const name of spot.keys()) {
      const others = near.get(name) ?? [];
      middle.set(name, others.length === 0 ? spot.get(name) : others.reduce((sum, other) => sum + spot.get(other), 0) / others.length);
    }
    layers.forEach((names) => names.sort((a, b) => middle.get(a) - middle.get(b)));
  }
}

function heightOf(thing) {
  return typeof thing === "string" ? NODE.height : 0;
}

/** {width, height, spots: name → {x, y}, bends: edge → the places that it passes}. */
export function layout(names, edges) {
  const among = new Set(names);
  const inside = edges.filter(({ from, to }) => among.has(from) && among.has(to) && from !== to);
  const { all, steps, bends } = withBends(layersOf(names, inside), inside);
  sort(all, steps);
  const tall = (layer) => layer.reduce((sum, thing) => sum + heightOf(thing) + NODE.down, -NODE.down);
  const height = Math.max(NODE.height, ...all.map(tall));
  const spots = new Map();
  all.forEach((layer, i) => {
    let y = (height - tall(layer)) / 2;
    for (const thing of layer) {
      spots.set(thing, { x: i * (NODE.width + NODE.across), y });
      y += heightOf(thing) + NODE.down;
    }
  });
  const passed = new Map([...bends].map(([edge, list]) => [edge, list.map((bend) => spots.get(bend))]));
  return { width: Math.max(1, all.length) * (NODE.width + NODE.across) - NODE.across, height, spots, bends: passed };
}
