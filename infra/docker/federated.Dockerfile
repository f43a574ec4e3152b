# The coordinator of federated learning. Build from the root of the repository:
#   docker build -f infra/docker/federated.Dockerfile .
FROM node:24-slim AS build
WORKDIR /repository
COPY . .
RUN npm ci --ignore-scripts && node infra/src/build/main.ts federated

# Node and nothing else: no shell, no package manager. What runs are a few bundled files.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
COPY --from=build /repository/infra/dist/federated ./
# The build left compiled code there: see infra/src/build/compile-cache.ts.
ENV NODE_COMPILE_CACHE=/app/compile-cache NODE_COMPILE_CACHE_PORTABLE=1
ENV NODE_ENV=production PORT=8080
USER 65532:65532
EXPOSE 8080
CMD ["src/coordinator/main.js"]
