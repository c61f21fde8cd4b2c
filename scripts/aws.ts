import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { Aws } from '../src/config/model';
import { CommandError } from './command-error';

// Its advice on Node's version is for whoever keeps this project, not for its users.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** How a client of AWS is made: region, and the environment's role if it has one. */
export const clientSettings = ({ region, assumeRoleArn }: Aws, sessionName: string) => ({
  region,
  maxAttempts: 3,
  // A network that swallows everything is to be told of soon.
  requestHandler: { connectionTimeout: 10_000 },
  ...(assumeRoleArn === undefined
    ? {}
    : {
        credentials: fromTemporaryCredentials({
          params: { RoleArn: assumeRoleArn, RoleSessionName: sessionName },
          clientConfig: { region },
        }),
      }),
});

/** The answer, or a refusal with AWS's reason; a connection that failed at several addresses has only a code. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { message, code, name } = error as NodeJS.ErrnoException;
    throw new CommandError(
      `AWS could not be asked with the credentials of this shell: ${message || code || name}`,
    );
  }
}

/** The account that the credentials are of. */
export async function callersAccount(aws: Aws, sessionName: string): Promise<string> {
  const sts = new STSClient(clientSettings(aws, sessionName));
  const { Account = '' } = await asked(sts.send(new GetCallerIdentityCommand({})));
  return Account;
}
