# SPDX-License-Identifier: Apache-2.0
# Registers an instance, finds it, sees it come and go on a watch, and takes it off the list.
# Runs in `helm test`, and anywhere else where grpcurl is: sh test.sh HOST:PORT
set -eu
registry=${1:?usage: test.sh HOST:PORT}
api=rollcall.registry.v1.RegistryService
id=test-$(date +%s)-$$
seen=${TMPDIR:-/tmp}/rollcall-$id.watch
tries=0

ask() { grpcurl -plaintext -max-time 10 -d "$2" "$registry" "$api/$1"; }

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# has TEXT: reads an answer, shows it where it lacks the text.
has() {
  answer=$(cat)
  case $answer in *"$1"*) ;; *) fail "the answer lacks $1: $answer" ;; esac
}

# await TEXT: until the watch has told it.
await() {
  n=0
  until grep -q "$1" "$seen"; do
    n=$((n + 1))
    [ "$n" -le 20 ] || fail "the watch did not tell $1: $(cat "$seen")"
    sleep 0.5
  done
}

until ask GetStatus '{}' >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -le 30 ] || fail "$registry does not answer: $(ask GetStatus '{}' 2>&1)"
  sleep 1
done

grpcurl -plaintext -max-time 60 -d '{"services":["rollcall-test"]}' "$registry" "$api/Watch" >"$seen" 2>&1 &
watch=$!
trap 'kill "$watch" 2>/dev/null || true; rm -f "$seen"' EXIT
await '"snapshot": true'
echo "watches"

ask Register '{"lease_id":"secret-of-'"$id"'","instance":{"service":"rollcall-test","id":"'"$id"'","address":"192.0.2.1:1","lease_ttl":"60s"}}' |
  has INSTANCE_STATUS_SERVING
echo "registered $id"

ask Get '{"service":"rollcall-test"}' | has "\"$id\""
echo "found it"

await "\"$id\""
await CAUSE_KIND_REGISTERED
echo "the watch told it"

ask Deregister '{"lease_id":"secret-of-'"$id"'","reason":"the test is over"}' | has revision
await CAUSE_KIND_DEREGISTERED
echo "took it off the list, and the watch told that"

ask Get '{"service":"rollcall-test"}' 2>&1 | {
  answer=$(cat)
  case $answer in *"\"$id\""*) fail "it is still found: $answer" ;; esac
}
echo "ok"
