/** What every runner is called, and where its token is, once everything is resolved. */

/** Where a runner's authentication token is. */
export type RunnerToken =
  | {
      /** A secret that Terraform makes, without a value. */
      readonly kind: 'made';
      readonly secretName: string;
    }
  | {
      /** A secret that exists. */
      readonly kind: 'secret';
      readonly secretArn: string;
      readonly kmsKeyArn: string | undefined;
    }
  | {
      /** A parameter that exists. */
      readonly kind: 'parameter';
      readonly parameterArn: string;
      readonly kmsKeyArn: string | undefined;
    };

/** What a runner is called, and where its token is. */
export interface RunnerIdentity {
  /** Name in the model. */
  readonly key: string;
  /** Name in GitLab's list of managers: `<project>-<environment>-<fleet>-<runner>`. */
  readonly name: string;
  /** Jobs at the same time on one machine; 0: as many as the fleet's `concurrent`. */
  readonly limit: number;
  /** Where its token is. */
  readonly token: RunnerToken;
}

/** A runner with what was resolved instead of what was parsed. */
export type Resolved<Parsed> = Omit<Parsed, 'token' | 'limit'> & RunnerIdentity;
