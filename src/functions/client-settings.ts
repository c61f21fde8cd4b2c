/** Settings of every client of AWS. */
export interface ClientSettings {
  /** Tries of a call. */
  readonly maxAttempts: number;
  /** `standard`: throttled calls are tried again, later each time. */
  readonly retryMode: 'standard';
  /** Limits of one try. */
  readonly requestHandler: {
    /** Milliseconds until there is a connection. */
    readonly connectionTimeout: number;
    /** Milliseconds until there is an answer. */
    readonly requestTimeout: number;
    /** Fail then; the default is a warning. */
    readonly throwOnRequestTimeout: true;
  };
}

/**
 * Three tries without an answer end well within the time that a function has, so that its own words say what is
 * wrong and not Lambda's.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export const clientSettings: ClientSettings = {
  maxAttempts: 3,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: 2500, requestTimeout: 5000, throwOnRequestTimeout: true },
};
