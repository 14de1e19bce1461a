{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{- define "rollcall.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 52 characters, so that what is put behind it still fits. */}}
{{- define "rollcall.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "rollcall.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* By which it may be asked: nobody outside can own what is below the first two. A service's name
     with its namespace alone is not among them: many a namespace is also a public domain. */}}
{{- define "rollcall.httpHosts" -}}
{{- join "," (concat (list "*.svc" "*.cluster.local") .Values.server.httpHosts) -}}
{{- end -}}

{{- define "rollcall.selector" -}}
app.kubernetes.io/name: {{ include "rollcall.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: registry
{{- end -}}

{{- define "rollcall.redis.selector" -}}
app.kubernetes.io/name: {{ include "rollcall.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: redis-first-try
{{- end -}}

{{/* What all objects carry, beside their selector. */}}
{{- define "rollcall.labels.common" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: rollcall
{{- end -}}

{{/* Of a pod: nothing that changes with the chart alone, or each upgrade would restart everything. */}}
{{- define "rollcall.labels.pod" -}}
{{ include "rollcall.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
{{- end -}}

{{- define "rollcall.labels" -}}
{{ include "rollcall.labels.pod" . }}
{{ include "rollcall.labels.common" . }}
{{- end -}}

{{- define "rollcall.redis.labels" -}}
{{ include "rollcall.redis.selector" . }}
{{ include "rollcall.labels.common" . }}
{{- end -}}

{{/* The name of an image; without a host unless one is given. Takes a dict of image and tag. */}}
{{- define "rollcall.image" -}}
{{- $name := .image.repository -}}
{{- if .image.registry -}}
{{- $name = printf "%s/%s" .image.registry .image.repository -}}
{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (.image.tag | default .tag) -}}
{{- end -}}
{{- end -}}

{{- define "rollcall.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "rollcall.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* "true" where the chart brings its own Redis. */}}
{{- define "rollcall.bundled" -}}
{{- if and (eq .Values.store "redis") (not .Values.redis.url) -}}true{{- end -}}
{{- end -}}

{{- define "rollcall.redis.name" -}}
{{- printf "%s-redis" (include "rollcall.fullname" .) -}}
{{- end -}}

{{/* The secret with Redis' password; empty: there is none. */}}
{{- define "rollcall.redis.secret" -}}
{{- if .Values.redis.existingSecret -}}
{{- .Values.redis.existingSecret -}}
{{- else if include "rollcall.bundled" . -}}
{{- include "rollcall.redis.name" . -}}
{{- end -}}
{{- end -}}

{{- define "rollcall.redis.url" -}}
{{- .Values.redis.url | default (printf "redis://%s:6379" (include "rollcall.redis.name" .)) -}}
{{- end -}}

{{/* The ports of a Redis of one's own, as a JSON list; Sentinel names others, on Redis' usual port. */}}
{{- define "rollcall.redis.ports" -}}
{{- $ports := .Values.networkPolicy.redisPorts -}}
{{- if not $ports -}}
{{- $hosts := regexReplaceAll "^[a-z-]+://([^/@]*@)?([^/]*).*$" .Values.redis.url "${2}" -}}
{{- range splitList "," (regexReplaceAll "\\[[^]]*\\]" $hosts "host") -}}
{{- $ports = append $ports (regexFind "[0-9]+$" (regexFind ":[0-9]+$" .) | default (ternary "26379" "6379" (hasPrefix "redis-sentinel:" $.Values.redis.url)) | atoi) -}}
{{- end -}}
{{- if hasPrefix "redis-sentinel:" .Values.redis.url -}}
{{- $ports = append $ports 6379 -}}
{{- end -}}
{{- end -}}
{{- uniq $ports | toJson -}}
{{- end -}}

{{/* "true" where more than one replica may run. */}}
{{- define "rollcall.several" -}}
{{- if eq .Values.store "redis" -}}
{{- if .Values.autoscaling.enabled -}}
{{- if gt (int .Values.autoscaling.maxReplicas) 1 -}}true{{- end -}}
{{- else if gt (int .Values.replicaCount) 1 -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* What a cloud tells a machine about itself, and the ranges that are no hosts: never probed. */}}
{{- define "rollcall.never" -}}
["0.0.0.0/8","100.100.100.200/32","169.254.0.0/16","192.0.0.192/32","224.0.0.0/4","240.0.0.0/4","fd00:ec2::/32","fe80::/10","ff00::/8"]
{{- end -}}

{{/* The first address of an IPv4 range as a number. */}}
{{- define "rollcall.ipv4" -}}
{{- $octets := splitList "." (first (splitList "/" .)) -}}
{{- $number := 0 -}}
{{- range $octets -}}
{{- $number = add (mul $number 256) (atoi .) -}}
{{- end -}}
{{- $number -}}
{{- end -}}

{{/* "true" where the range "outer" holds the range "inner", and they differ. IPv6: known ranges only. */}}
{{- define "rollcall.holds" -}}
{{- if contains ":" .outer -}}
{{- if contains ":" .inner -}}
{{- if eq .outer "::/0" -}}true
{{- else if and (hasPrefix "fd" .inner) (has .outer (list "fc00::/7" "fd00::/8" "fd00::/16")) -}}true
{{- end -}}
{{- end -}}
{{- else if not (contains ":" .inner) -}}
{{- $bits := atoi (last (splitList "/" .outer)) -}}
{{- if gt (atoi (last (splitList "/" .inner))) $bits -}}
{{- $size := 1 -}}
{{- range until (int (sub 32 $bits)) -}}
{{- $size = mul $size 2 -}}
{{- end -}}
{{- $outer := include "rollcall.ipv4" .outer | int64 -}}
{{- $inner := include "rollcall.ipv4" .inner | int64 -}}
{{- if eq (div $outer $size) (div $inner $size) -}}true{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Peers of a network policy: the ranges "cidrs" without those of "except". */}}
{{- define "rollcall.peers" -}}
{{- range $index, $cidr := .cidrs -}}
{{- if $index }}{{ "\n" }}{{ end -}}
- ipBlock:
    cidr: {{ $cidr | quote }}
    {{- $holes := list }}
    {{- range $hole := uniq $.except }}
    {{- if include "rollcall.holds" (dict "outer" $cidr "inner" $hole) }}
    {{- $holes = append $holes $hole }}
    {{- end }}
    {{- end }}
    {{- with $holes }}
    except:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* What values.schema.json cannot say. */}}
{{- define "rollcall.check" -}}
{{- if not .Values.insecure -}}
{{- fail "\n\ninsecure: false (expected: true: this version has no access rules and does not start in a cluster without it; networkPolicy says who may reach it)" -}}
{{- end -}}
{{- if eq .Values.store "embedded" -}}
{{- if .Values.autoscaling.enabled -}}
{{- fail "\n\nautoscaling.enabled: true (expected: false with store: embedded, which is one replica; several need store: redis)" -}}
{{- end -}}
{{- if .Values.redis.url -}}
{{- fail "\n\nredis.url is set (expected: empty with store: embedded, or store: redis)" -}}
{{- end -}}
{{- end -}}
{{- if regexMatch "^[a-z-]+://[^/@]*:[^/@]*@" .Values.redis.url -}}
{{- fail "\n\nredis.url holds a password (expected: none; put it into a secret and name that in redis.existingSecret)" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- fail "\n\nautoscaling.minReplicas is above autoscaling.maxReplicas" -}}
{{- end -}}
{{- if le (int .Values.terminationGracePeriodSeconds) (int .Values.preStopSeconds) -}}
{{- fail "\n\nterminationGracePeriodSeconds (expected: at least 10 more than preStopSeconds)" -}}
{{- end -}}
{{- range $key, $value := .Values.server.config -}}
{{- if has $key (list "host" "advertise" "insecure" "grpc-port" "http-port" "http-hosts" "store" "data-dir" "redis-url" "redis-password-file" "redis-wait-replicas" "probe-allow" "probe-deny" "log-format" "log-level") -}}
{{- fail (printf "\n\nserver.config.%s (expected: a flag that has no value of its own in this chart)" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
