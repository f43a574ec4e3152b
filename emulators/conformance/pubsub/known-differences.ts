const DOCS = 'https://cloud.google.com/pubsub/docs';

/**
 * Cases of the contract, by group, that Google's emulator (0.8.20) fails, each with the page of
 * Google's documentation that says that the case is right.
 */
export const GOOGLE_EMULATOR_DIFFERS = {
  resources: {
    'a subscription gets an expiration policy of 31 days': `${DOCS}/subscription-properties`,
    'a deadline under 10 s is refused': `${DOCS}/subscription-properties`,
    'a detached subscription loses what it had and cannot be pulled': `${DOCS}/detach-subscriptions`,
    'an IAM policy is kept, and a stale etag is refused': `${DOCS}/access-control`,
  },
  delivery: {},
  policies: {
    'with a retry policy a nacked message waits for its backoff': `${DOCS}/handling-failures`,
    'a filter lets only matching messages pass': `${DOCS}/subscription-message-filter`,
    'an invalid filter is refused': `${DOCS}/subscription-message-filter`,
    'after a nack that message and all later ones of its key come again, in order': `${DOCS}/ordering`,
  },
  push: {
    'pulling from a push subscription is refused': `${DOCS}/push`,
    'a push carries a token when it is asked for': `${DOCS}/authenticate-push-subscriptions`,
  },
  replay: {},
  schemas: {
    'a topic with a schema of type PROTOCOL_BUFFER takes only what is valid by it': `${DOCS}/schemas`,
    'a revision that does not fit the one before is refused': `${DOCS}/commit-schema-revision`,
  },
} as const;
