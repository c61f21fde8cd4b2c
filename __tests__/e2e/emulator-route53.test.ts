import { accessKey } from '../../scripts/emulate/environment';
import { startEmulator, type RunningEmulator } from '../../scripts/emulate/start-emulator';
import { describeWith } from '../support/engines';

/** Zones of the emulated AWS, where they have to be as AWS's are. */

const account = '111122223333';
const vpc = '<VPC><VPCRegion>eu-central-1</VPCRegion><VPCId>vpc-0123456789abcdef0</VPCId></VPC>';

describeWith(['moto'], 'a zone of the emulated AWS', ({ moto }) => {
  let emulator: RunningEmulator;
  beforeAll(async () => {
    emulator = await startEmulator({ python: moto, defaultAccountId: account, given: [] });
  });
  afterAll(() => emulator.stop());

  const ask = async (path: string, body?: string): Promise<string> => {
    const credential = `${accessKey(account)}/20260101/us-east-1/route53/aws4_request`;
    const response = await fetch(`${emulator.url}/2013-04-01/hostedzone${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        Host: 'route53.amazonaws.com',
        Authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=x`,
      },
      body,
    });
    const text = await response.text();
    expect({ text, ok: response.ok }).toMatchObject({ ok: true });
    return text;
  };
  const made = async (name: string, more: string): Promise<string> => {
    const request = `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>${name}</Name><CallerReference>${name}</CallerReference>${more}</CreateHostedZoneRequest>`;
    const [, id = ''] = /<Id>\/hostedzone\/(\w+)<\/Id>/.exec(await ask('', request)) ?? [];
    return ask(`/${id}`);
  };

  test('is private to the VPC with which it is made, although nothing else says so', async () => {
    const zone = await made('registry.acme.internal', vpc);
    expect(zone).toContain('<PrivateZone>true</PrivateZone>');
    expect(zone).toContain('<VPCId>vpc-0123456789abcdef0</VPCId>');
  });

  test('is public without one', async () => {
    expect(await made('acme.example', '')).toContain('<PrivateZone>false</PrivateZone>');
  });
});
