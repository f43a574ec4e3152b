# ML server and trainer: one image, two entry points. Build from the root of the repository:
#   docker build -f infra/docker/ml-server.Dockerfile .
FROM node:24-slim AS build
WORKDIR /repository
COPY . .
RUN npm ci --ignore-scripts && node infra/src/build/main.ts ml-server

# Node and nothing else: no shell, no package manager. What runs is a file for each entry point, and what they share.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
COPY --from=build /repository/infra/dist/ml-server ./
# The build left compiled code there: see infra/src/build/compile-cache.ts.
ENV NODE_COMPILE_CACHE=/app/compile-cache NODE_COMPILE_CACHE_PORTABLE=1
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
USER 65532:65532
EXPOSE 8080
# The trainer: src/train/main.js
CMD ["src/serve/main.js"]
