import type { Config } from './config.ts';

/** Container images. ML server and trainer are one, and so are the two gateways. */
export const IMAGES = ['ml-server', 'dashboard', 'gateway', 'federated'] as const;
export type ImageName = (typeof IMAGES)[number];

/** Images by digest, or undefined while they are not built. */
export type Images = Readonly<Record<ImageName, string | undefined>>;

/** The variable that names an image which was built elsewhere. */
export function imageVariable(name: ImageName): string {
  return `PLUMBLINE_${name.replaceAll('-', '_').toUpperCase()}_IMAGE`;
}

/** The images that an environment runs. */
export function imagesNeeded(config: Config): readonly ImageName[] {
  return [
    'ml-server',
    'dashboard',
    ...(config.httpGateway !== 'none' || config.mqtt ? (['gateway'] as const) : []),
    ...(config.coordinator !== 'none' ? (['federated'] as const) : []),
  ];
}
