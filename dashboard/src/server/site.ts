import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

interface SiteFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
  /** Its name carries a hash of its content. */
  readonly isImmutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Serves the built web app from memory, compressed once. Only files that were there at the start exist. */
export async function siteRoutes(app: FastifyInstance, directory: string): Promise<void> {
  const files = await readSite(directory);
  for (const [path, file] of files) {
    app.get(path, (request, reply) => {
      const accepted = String(request.headers['accept-encoding'] ?? '');
      const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : '';
      reply
        .type(file.type)
        .header('vary', 'accept-encoding')
        .header(
          'cache-control',
          file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      if (encoding) reply.header('content-encoding', encoding);
      return reply.send(
        encoding === 'br' ? file.brotli : encoding === 'gzip' ? file.gzip : file.plain,
      );
    });
  }
}

async function readSite(directory: string): Promise<Map<string, SiteFile>> {
  const files = new Map<string, SiteFile>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || !type) continue;
    const path = join(entry.parentPath, entry.name);
    const plain = await readFile(path);
    const name = relative(directory, path).split(sep).join('/');
    files.set(name === 'index.html' ? '/' : `/${name}`, {
      type,
      plain,
      gzip: gzipSync(plain),
      brotli: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
      isImmutable: name.startsWith('assets/'),
    });
  }
  return files;
}
