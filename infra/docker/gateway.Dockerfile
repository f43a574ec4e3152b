# The HTTP gateway and the MQTT bridge: one image, two entry points. Build from the root of the repository:
#   docker build -f infra/docker/gateway.Dockerfile .
FROM node:24-slim AS build
WORKDIR /repository
COPY . .
RUN npm ci --ignore-scripts && node infra/src/build/main.ts gateway

# Node and nothing else: no shell, no package manager. What runs is a file for each entry point, and what they share.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
COPY --from=build /repository/infra/dist/gateway ./
# The build left compiled code there: see infra/src/build/compile-cache.ts.
ENV NODE_COMPILE_CACHE=/app/compile-cache NODE_COMPILE_CACHE_PORTABLE=1
ENV NODE_ENV=production PORT=8080
USER 65532:65532
EXPOSE 8080
# The MQTT bridge: src/mqtt/main.js. The HTTP gateway listens for this machine only unless HOST says otherwise, and
# then wants DEVICE_KEYS_FILE, or Cloud Run in front of it.
CMD ["src/http/main.js"]
