import { describe, expect, it } from 'vitest';
import { english, load, loadPhrases, speaker, whole } from './words';

await whole(() => Promise.resolve())();
const german = speaker('de', await load('de'), await loadPhrases('de'));

describe('a sentence of the server', () => {
  it('is said in the language of its reader, with what stands in it', () => {
    expect(german.told('it is in the catalogue of exploited weaknesses')).toBe('sie steht im Katalog ausgenutzter Schwachstellen');
    expect(german.told('npm jquery 3.1.1 is in [1.0.3, 3.5.0)')).toBe('npm jquery 3.1.1 liegt in [1.0.3, 3.5.0)');
    expect(german.told('support of 7 SP1 ended 2020-01-14')).toBe(`der Support von 7 SP1 endete am ${german.day('2020-01-14')}`);
    expect(german.told('its clock is 7m0s behind, by the least delay of 68 messages')).toBe('seine Uhr geht 7 min nach, nach der kleinsten Verzögerung von 68 Nachrichten');
  });
  it('is said with the sentences that stand in it', () => {
    expect(german.told('patient-monitor: it watches over a patient')).toBe(`${german.word('class', 'patient-monitor')}: es überwacht einen Patienten`);
    expect(german.told('the software version is not known; bills are known of 1.6.1, 1.7.4, of which 1.6.1 is affected, 1.7.4 is affected')).toBe(
      'die Softwareversion ist unbekannt; Stücklisten gibt es von 1.6.1, 1.7.4, davon 1.6.1 ist betroffen, 1.7.4 ist betroffen',
    );
    expect(german.told('IVM580979002 on icu-monitors: its clock is 7m0s behind, by the least delay of 5 messages')).toMatch(/^IVM580979002 auf icu-monitors: seine Uhr geht/);
    expect(german.told('known by its EUI-64 00095CFFFE050001; and speaks from its own address 10.20.10.10')).toBe('bekannt durch EUI-64 00095CFFFE050001; und spricht von seiner eigenen Adresse 10.20.10.10 aus');
  });
  it('is said with the answers, questions and parties that it names, in their words', () => {
    expect(german.told('SBOM-1 a bill of software is available: the maker says No; asked for is Yes or N/A')).toBe(
      `SBOM-1 eine Software-Stückliste ist verfügbar: der Hersteller sagt ${german.t('mds2.no')}; verlangt ist ${german.t('mds2.yes')} / ${german.t('mds2.na')}`,
    );
    expect(german.told('TXCF-2 = Yes (personal data are encrypted before they are sent)')).toBe(`TXCF-2 = ${german.t('mds2.yes')} (personenbezogene Daten werden vor dem Senden verschlüsselt)`);
    const [it, unit] = [german.word('patchword', 'it'), german.word('patchword', 'unit')];
    expect(german.told('it has not said whether it agrees; unit has not said whether it agrees')).toBe(`${it} hat nicht gesagt, ob zugestimmt wird; ${unit} hat nicht gesagt, ob zugestimmt wird`);
  });
  it('is said of a refusal, of what a validator finds and of a place in a file, each with what it names', () => {
    expect(german.told('there is no sensor "no-such-sensor"')).toBe('es gibt keinen Sensor "no-such-sensor"');
    expect(german.told('there is no message structure ABC')).toBe('there is no message structure ABC');
    expect(german.told('the filter term class:x: "x" is not one of bed, pump')).toBe('der Filterbegriff class:x: "x" ist keines von bed, pump');
    expect(german.told('a boolean must be true or false, without quotes')).toBe('boolean: muss true oder false sein, ohne Anführungszeichen');
    expect(german.told('there is no property "Code" in Observation; "code" is meant')).toBe('die Eigenschaft "Code" gibt es in Observation nicht; gemeint ist "code"');
    expect(german.told('status is missing: one must be there')).toBe('status fehlt: eines muss da sein');
    expect(german.told('byte 12')).toBe('Byte 12');
    expect(german.told('destination ehr transformer, step "1"')).toBe('Schritte des Ziels ehr, Schritt "1"');
  });
  it('stays as it came where no phrasebook has it, and for who reads English', () => {
    expect(german.told('The package pillow from 0 and before 8.3.2 are vulnerable')).toBe('The package pillow from 0 and before 8.3.2 are vulnerable');
    expect(german.told('no answer: a word of a peer')).toBe('no answer: a word of a peer');
    expect(german.told(undefined)).toBe('');
    expect(speaker('en', english).told('it breaks its profile')).toBe('it breaks its profile');
  });
  it('is found quickly also where many are said, and does not hang on a long one', () => {
    const began = performance.now();
    for (let i = 0; i < 1000; i++) german.told(`npm package${i} 1.0.${i} is in [1.0.3, 3.5.0)`);
    german.told('{ '.repeat(10_000));
    german.told(`of ${'1 of '.repeat(290)}`);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
