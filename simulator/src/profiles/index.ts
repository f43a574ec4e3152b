import type { Profile } from '../profile.ts';
import { building } from './building.ts';
import { environment } from './environment.ts';
import { lab } from './lab.ts';
import { machine } from './machine.ts';
import { sound } from './sound.ts';

export const PROFILES = { building, environment, machine, lab, sound } as const satisfies Record<
  string,
  Profile
>;
export type ProfileName = keyof typeof PROFILES;
export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];
