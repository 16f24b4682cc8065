// Speaks HL7 v2 as others wrote it. node peer.mjs VERB OPTIONS, as JSON.
//
// send-medplum, send-node: messages come on standard input as a JSON list of
// strings; each answer goes to standard output as a line of JSON.
// hear-medplum, hear-node: each message that is heard is a line of JSON; the
// first line says that it listens. They end with their standard input.
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Hl7Message, OperationOutcomeError } from '@medplum/core';
import { Hl7Client, Hl7Server } from '@medplum/hl7';
import { Client, Message } from 'node-hl7-client';
import { Server } from 'node-hl7-server';

const [verb, settings] = process.argv.slice(2);
const options = JSON.parse(settings);
options.port = Number(options.port);
const say = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const pem = (name) => readFileSync(options.tls[name]);
const tls = () => options.tls && { ca: pem('ca'), cert: pem('cert'), key: pem('key'), requestCert: true, rejectUnauthorized: true };
const untilInputEnds = () => text(process.stdin);

// answerOf names what a test wants to know of an acknowledgment.
const answerOf = (get) => ({ code: get('MSA', 1), of: get('MSA', 2), error: get('ERR', 3) });

const verbs = {
  async 'send-medplum'() {
    const client = new Hl7Client({ host: '127.0.0.1', port: options.port, keepAlive: true });
    for (const message of JSON.parse(await text(process.stdin))) {
      const ack = await client.sendAndWait(Hl7Message.parse(message), { returnAck: options.wait ?? 'first', timeoutMs: 20000 });
      say(answerOf((segment, n) => ack.getSegment(segment)?.getField(n)?.toString() ?? ''));
    }
    await client.close();
  },

  async 'send-node'() {
    const client = new Client({ host: '127.0.0.1', tls: tls() });
    let heard;
    const way = client.createConnection({ port: options.port, maxConnectionAttempts: 3 }, (answer) => heard(answer.getMessage()));
    await new Promise((resolve) => way.once('connect', resolve)); // what is sent before goes twice
    for (const message of JSON.parse(await text(process.stdin))) {
      const answered = new Promise((resolve) => (heard = resolve));
      await way.sendMessage(new Message({ text: message }));
      const ack = await answered;
      say(answerOf((segment, n) => (ack.exists(segment) ? ack.get(`${segment}.${n}`).toString() : '')));
    }
    await way.close();
  },

  async 'hear-medplum'() {
    const server = new Hl7Server((connection) => {
      connection.addEventListener('message', ({ message }) => {
        say({ control: message.getSegment('MSH').getField(10).toString(), text: message.toString() });
        connection.send(message.buildAck({ ackCode: options.code ?? 'AA' }));
      });
      connection.addEventListener('error', ({ error }) => say({ error: error instanceof OperationOutcomeError ? error.outcome.issue[0].diagnostics : error.message }));
    });
    server.start(options.port, 'utf-8', options.enhanced ?? false);
    say({ listening: options.port });
    await untilInputEnds();
    await server.stop({ forceDrainTimeoutMs: 100 });
  },

  async 'hear-node'() {
    const server = new Server({ bindAddress: '127.0.0.1', tls: tls() });
    const door = server.createInbound({ port: options.port }, async (request, answer) => {
      const message = request.getMessage();
      say({ control: message.get('MSH.10').toString(), text: message.toString() });
      await answer.sendResponse(options.code ?? 'AA');
    });
    for (const event of ['client.error', 'data.error', 'error']) {
      door.on(event, (error) => say({ error: String(error) }));
    }
    door.on('listen', () => say({ listening: options.port }));
    await untilInputEnds();
    await door.close();
  },
};

await verbs[verb]();
process.exit(0);
