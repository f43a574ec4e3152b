import { OAuth2Client } from 'google-auth-library';

/** Who may call with a Google ID token. */
export interface IdTokenRules {
  /** What tokens must be made for: the URL of this server. */
  readonly audience: string;
  /** E-mail addresses of people and service accounts. */
  readonly emails: readonly string[];
}

/** Gives the caller's e-mail, or null for a token that is not Google's, not for us, expired, or of someone else. */
export type IdTokenCheck = (token: string) => Promise<string | null>;

/** `certificatesUrl` is Google's unless a test has its own. */
export function checkIdTokens(rules: IdTokenRules, certificatesUrl?: string): IdTokenCheck {
  const client = new OAuth2Client(
    certificatesUrl === undefined
      ? {}
      : { endpoints: { oauth2FederatedSignonPemCertsUrl: certificatesUrl } },
  );
  return async (idToken) => {
    try {
      const ticket = await client.verifyIdToken({ idToken, audience: rules.audience });
      const { email, email_verified: isVerified } = ticket.getPayload() ?? {};
      if (email === undefined || !isVerified) return null;
      return rules.emails.includes(email) ? email : null;
    } catch {
      return null;
    }
  };
}
