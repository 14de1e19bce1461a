{{/* SPDX-License-Identifier: Apache-2.0 */}}
{{/* The pod of the registry, the same in the Deployment and in the StatefulSet. */}}
{{- define "rollcall.pod" -}}
{{- $secret := include "rollcall.redis.secret" . -}}
{{- $embedded := eq .Values.store "embedded" -}}
metadata:
  labels:
    {{- include "rollcall.labels.pod" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: rollcall
    {{- if or .Values.server.config .Values.server.configSeed }}
    # another configuration is another pod
    checksum/config: {{ list .Values.server.config .Values.server.configSeed | toJson | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "rollcall.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- if or (include "rollcall.bundled" .) .Values.extraInitContainers }}
  initContainers:
    {{- if include "rollcall.bundled" . }}
    # the registry ends where it finds no Redis; both start together only on the first try
    - name: wait-for-redis
      image: {{ include "rollcall.image" (dict "image" .Values.redis.bundled.image "tag" "") }}
      imagePullPolicy: {{ .Values.redis.bundled.image.pullPolicy }}
      command:
        - sh
        - -c
        - until redis-cli -h {{ include "rollcall.redis.name" . }} ping >/dev/null 2>&1; do sleep 1; done
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      resources:
        requests:
          cpu: 10m
          memory: 16Mi
        limits:
          memory: 32Mi
    {{- end }}
    {{- with .Values.extraInitContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  containers:
    - name: rollcall
      image: {{ include "rollcall.image" (dict "image" .Values.image "tag" .Chart.AppVersion) }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [server]
      ports:
        - name: grpc
          containerPort: 7070
        - name: http
          containerPort: 7071
      env:
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        - name: ROLLCALL_HOST
          value: {{ .Values.server.host | quote }}
        - name: ROLLCALL_ADVERTISE
          value: {{ .Values.server.advertise | quote }}
        - name: ROLLCALL_HTTP_HOSTS
          value: {{ include "rollcall.httpHosts" . | quote }}
        # this version has no access rules: the network policy says who may reach it
        - name: ROLLCALL_INSECURE
          value: {{ .Values.insecure | quote }}
        - name: ROLLCALL_STORE
          value: {{ .Values.store }}
        {{- if $embedded }}
        - name: ROLLCALL_DATA_DIR
          value: /data/rollcall
        {{- else }}
        - name: ROLLCALL_REDIS_URL
          value: {{ include "rollcall.redis.url" . | quote }}
        - name: ROLLCALL_REDIS_WAIT_REPLICAS
          value: {{ .Values.redis.waitReplicas | quote }}
        {{- if $secret }}
        - name: ROLLCALL_REDIS_PASSWORD_FILE
          value: /run/secrets/rollcall/redis-password
        {{- end }}
        {{- end }}
        - name: ROLLCALL_PROBE_ALLOW
          value: {{ join "," .Values.server.probeAllow | quote }}
        {{- with .Values.server.probeDeny }}
        - name: ROLLCALL_PROBE_DENY
          value: {{ join "," . | quote }}
        {{- end }}
        - name: ROLLCALL_LOG_FORMAT
          value: {{ .Values.server.logFormat }}
        - name: ROLLCALL_LOG_LEVEL
          value: {{ .Values.server.logLevel }}
        {{- if .Values.server.config }}
        - name: ROLLCALL_CONFIG
          value: /etc/rollcall/rollcall.yaml
        {{- end }}
        {{- if .Values.server.configSeed }}
        - name: ROLLCALL_CONFIG_SEED
          value: /etc/rollcall/seed.yaml
        {{- end }}
        {{- with .Values.server.javaOpts }}
        - name: JAVA_OPTS
          value: {{ . | quote }}
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- range $name := list "startup" "readiness" "liveness" }}
      {{- with index $.Values.probes $name }}
      {{ $name }}Probe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- if .Values.preStopSeconds }}
      lifecycle:
        preStop:
          # stay and answer while the cluster takes this pod out of its services
          {{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version }}
          sleep:
            seconds: {{ .Values.preStopSeconds }}
          {{- else }}
          exec:
            command: [sleep, {{ .Values.preStopSeconds | quote }}]
          {{- end }}
      {{- end }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if $embedded }}
        - name: data
          mountPath: /data
        {{- end }}
        {{- if or .Values.server.config .Values.server.configSeed }}
        - name: config
          mountPath: /etc/rollcall
          readOnly: true
        {{- end }}
        {{- if and $secret (not $embedded) }}
        - name: redis-password
          mountPath: /run/secrets/rollcall
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- if $embedded }}
    {{- if not .Values.embedded.persistence.enabled }}
    - name: data
      emptyDir: {}
    {{- else if .Values.embedded.persistence.existingClaim }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ .Values.embedded.persistence.existingClaim }}
    {{- end }}
    {{- end }}
    {{- if or .Values.server.config .Values.server.configSeed }}
    - name: config
      configMap:
        name: {{ include "rollcall.fullname" . }}
    {{- end }}
    {{- if and $secret (not $embedded) }}
    - name: redis-password
      secret:
        secretName: {{ $secret }}
        defaultMode: 288 # 0440
        items:
          - key: {{ .Values.redis.existingSecretKey }}
            path: redis-password
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
  {{- else if include "rollcall.several" . }}
  # softly: a small cluster runs all replicas all the same
  topologySpreadConstraints:
    {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "rollcall.selector" $ | nindent 10 }}
    {{- end }}
  {{- end }}
{{- end -}}
