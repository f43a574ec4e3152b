import type { Profile } from '../profile.ts';
import { machine } from './machine.ts';

export const PROFILES = { machine } as const satisfies Record<string, Profile>;
export type ProfileName = keyof typeof PROFILES;
export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];
