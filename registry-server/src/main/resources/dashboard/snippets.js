// SPDX-License-Identifier: Apache-2.0
// Lines to copy: what one types to do the same without this page.

import { h, icon } from "./dom.js";
import { namespace } from "./router.js";
import { server } from "./server.js";
import { announce } from "./banner.js";

/** In single quotes of a shell, whatever it holds. */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Where gRPC is spoken: as the server names itself, else beside this page. */
function grpc() {
  const replicas = server.said?.replicas ?? [];
  return replicas[0]?.address ?? `${location.hostname}:7070`;
}

function call(method, request, service = "rollcall.registry.v1.RegistryService") {
  const body = namespace() === "" ? request : { namespace: namespace(), ...request };
  return `grpcurl -plaintext -d ${quoted(JSON.stringify(body))} ${grpc()} ${service}/${method}`;
}

function url(path, query = {}) {
  const search = new URLSearchParams(query);
  if (namespace() !== "") {
    search.set("namespace", namespace());
  }
  const text = search.toString();
  return quoted(`${location.origin}${path}${text === "" ? "" : `?${text}`}`);
}

function connect() {
  return namespace() === "" ? "Rollcall.connect()" : `Rollcall.builder().namespace(${JSON.stringify(namespace())}).connect()`;
}

/** The first instance of an empty registry. */
export function registering() {
  return {
    curl: `curl -X PUT ${url("/v1/services/hello/instances/hello-1")} \\\n  -d ${quoted('{"address":"127.0.0.1:50051","leaseTtl":"600s"}')}`,
    grpcurl: call("Register", { instance: { service: "hello", id: "hello-1", address: "127.0.0.1:50051", leaseTtl: "600s" } }),
    Java: `try (Rollcall rollcall = ${connect()}) {\n  rollcall.register("hello", server).start();   // your running io.grpc.Server\n  rollcall.awaitShutdown();\n}`,
  };
}

/** Finding and following a service. */
export function finding(name) {
  return {
    grpcurl: `${call("Get", { service: name })}\n${call("Watch", { services: [name] })}`,
    curl: `curl -s ${url(`/v1/services/${name}`)}\ncurl -sN -H 'Accept: text/event-stream' ${url("/v1/watch", { services: name })}`,
    Java: `Rollcall rollcall = ${connect()};\nManagedChannel channel = rollcall.channel(${JSON.stringify(name)});   // balanced, fails over`,
  };
}

/** One instance, and an operator's two verbs. */
export function operating(service, id) {
  return {
    grpcurl: ["DescribeInstance", "Drain", "Deregister"].map((method) => call(method, { service, id })).join("\n"),
    curl: [
      `curl -s ${url(`/v1/services/${service}/instances/${id}`)}`,
      `curl -X POST ${url(`/v1/services/${service}/instances/${id}:drain`)} -d '{"reason":"maintenance"}'`,
      `curl -X DELETE ${url(`/v1/services/${service}/instances/${id}`)}`,
    ].join("\n"),
  };
}

/** One key. */
export function setting(key) {
  const scope = key.includes("/") ? key.slice(0, key.lastIndexOf("/")) : "";
  const config = "rollcall.config.v1.ConfigService";
  return {
    grpcurl: `${call("Get", { key }, config)}\n${call("Put", { key, value: "…" }, config)}`,
    curl: `curl -s ${url(`/v1/config/${key}`)}\ncurl -X PUT ${url(`/v1/config/${key}`)} -d '{"value":"…"}'`,
    Java: `rollcall.config(${JSON.stringify(scope)}).watch(${JSON.stringify(key.slice(scope === "" ? 0 : scope.length + 1))}, String.class, "fallback", value -> use(value));`,
  };
}

/**
 * Tabs of snippets, and a button that copies what one sees.
 *
 * @param write answers the snippets by their language
 */
export function snippets(title, write) {
  const names = Object.keys(write());
  let chosen = names[0];
  const code = h("code");
  const pre = h("pre", { tabindex: "0", role: "region", "aria-label": title }, code);
  const tabs = names.map((name) => h("button.tab", { type: "button", "aria-pressed": "false", onclick: () => choose(name), text: name }));
  const button = h("button.quiet", { type: "button", onclick: () => copy(code.textContent, button) }, icon("copy"), h("span", { text: "Copy" }));
  function choose(name) {
    chosen = name;
    code.textContent = write()[name];
    tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.textContent === name)));
  }
  choose(chosen);
  if (server.said === null) {
    // where the server listens for gRPC is known with its first answer
    const stop = server.onUpdate(() => {
      stop();
      choose(chosen);
    });
  }
  return h("section.snippets", { "aria-label": title },
    h("header", null, h("div.tabs", { role: "group", "aria-label": "Language" }, tabs), button), pre);
}

async function copy(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = false;
  }
  const word = button.querySelector("span");
  word.textContent = done ? "Copied" : "Select it and copy";
  announce(done ? "Copied" : "The browser allows no copying here; select the line");
  setTimeout(() => { word.textContent = "Copy"; }, 2_000);
}
