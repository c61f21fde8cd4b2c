import { accessKey } from '../../scripts/emulate/environment';

/** Whom a question is for. */
export interface AskAwsProps {
  /** The emulator's address. */
  readonly url: string;
  readonly account: string;
  readonly region: string;
}

/** The versions of AWS's query protocol that its services speak. */
const VERSIONS = {
  autoscaling: '2011-01-01',
  ec2: '2016-11-15',
  iam: '2010-05-08',
  sts: '2011-06-15',
} as const;

const authorization = (props: AskAwsProps, service: string) =>
  `AWS4-HMAC-SHA256 Credential=${accessKey(props.account)}/20260101/${props.region}/${service}/aws4_request, SignedHeaders=host, Signature=x`;

/** An answer of the emulated AWS. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The texts of all XML elements of this name, in order. */
  readonly all: (element: string) => string[];
}

/** Asks the emulated AWS without an SDK, as the query protocol of AWS has it. */
export const askAws = async (
  props: AskAwsProps,
  service: keyof typeof VERSIONS,
  action: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const response = await fetch(props.url, {
    method: 'POST',
    headers: { Authorization: authorization(props, service) },
    body: new URLSearchParams({ Action: action, Version: VERSIONS[service], ...parameters }),
  });
  const text = await response.text();
  const all = (element: string) =>
    [...text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map((match) => match[1] ?? '');
  return { status: response.status, text, all };
};

/** Asks a service that speaks JSON, like SSM; `target` is its name there with the action. */
export const askAwsJson = async (
  props: AskAwsProps,
  service: string,
  target: string,
  parameters: object = {},
): Promise<Record<string, unknown>> => {
  const response = await fetch(props.url, {
    method: 'POST',
    headers: {
      Authorization: authorization(props, service),
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': target,
    },
    body: JSON.stringify(parameters),
  });
  return (await response.json()) as Record<string, unknown>;
};
