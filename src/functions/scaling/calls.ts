import { failureOf, type Failure } from '../failure';

/** What failures of AWS's calls mean. */

/** An API that the function needs a way to. */
export interface Api {
  /** Its name. */
  readonly name: string;
  /** The last part of its interface endpoint's service name. */
  readonly endpoint: string;
}

/** Nothing answers, or the name of the API is not known. */
const isUnanswered = ({ name, code = '' }: Failure): boolean =>
  name === 'TimeoutError' || /^E[A-Z_]+$/.test(code);

/** What a call answers; where there is no way to its API, the error says so. */
export async function answerOf<Answer>({ name, endpoint }: Api, call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    const failure = failureOf(error);
    if (!isUnanswered(failure)) throw error;
    const way = `the subnets of the function need a way to it (interface endpoint ${endpoint}, or NAT)`;
    throw new Error(`${name} does not answer: ${way}: ${failure.message}`, { cause: error });
  }
}

/**
 * AWS's reasons not to do something now: the group is being changed, its bounds have moved, the instance is gone, or
 * too many have asked. The next tick looks again.
 */
const refusals =
  /^(ScalingActivityInProgress(Fault)?|ResourceContention(Fault)?|ValidationError|Throttl.*|RequestLimitExceeded)$/;

/** Makes a call that AWS may refuse; answers the refusal, if it is one. */
export async function refusalOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const { name, message } = failureOf(error);
    if (!refusals.test(name)) throw error;
    return `${name}: ${message}`;
  }
}
