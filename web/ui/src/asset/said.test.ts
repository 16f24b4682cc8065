import { describe, expect, it } from 'vitest';
import { load, speaker } from '../words/words';
import { allSaid, said } from './said';

const german = speaker('de', await load('de'));
const english = speaker('en', await load('en'));

describe('a sentence of the server', () => {
  it('is said in the language of its reader, with the words that stand in it', () => {
    expect(said(german, { code: 'conflict', args: { attribute: 'serialNumber' }, text: 'evidence disagrees about the serial number' })).toBe('die Belege widersprechen sich: Seriennummer');
    expect(said(german, { code: 'posture', args: { posture: 'old-tls' }, text: 'x' })).toBe(german.word('posture', 'old-tls'));
    expect(said(german, { code: 'moved', args: { place: 'unit ICU, bed 3', placeBefore: '' }, text: 'x' })).toBe('steht jetzt: Station ICU, Bett 3, zuvor: unbekannt');
    expect(said(german, { code: 'guess.alike', args: { trait: 'prefix', value: '00:03:b1', some: '3', all: '4', model: 'Plum 360' }, text: 'x' })).toBe(
      'die Hardware-Adresse beginnt mit 00:03:b1, wie hier 3 von 4 Plum 360',
    );
    expect(said(german, { code: 'edge.new', args: { side: 'client', peer: 'infusion-pump', service: 'hl7v2', port: '2575' }, text: 'x' })).toContain(german.word('class', 'infusion-pump'));
    expect(said(german, { code: 'corrected', args: { attribute: 'class', value: 'infusion-pump' }, text: 'x' })).toContain(german.word('class', 'infusion-pump'));
    expect(said(german, { code: 'back', args: { span: '7200' }, text: 'x' })).toBe('nach 2 h wieder gehört');
  });
  it('stays English where this version has no words for it, and for who reads English', () => {
    expect(said(german, { code: 'newer.than.this', text: 'as the server says' })).toBe('as the server says');
    expect(said(german, { text: 'written before there were codes' })).toBe('written before there were codes');
    expect(said(english, { code: 'conflict', args: { attribute: 'model' }, text: 'evidence disagrees about the model' })).toBe('evidence disagrees about the model');
  });
  it('stands beside others', () => {
    expect(allSaid(german, [{ code: 'match.key', args: { key: 'mac' }, text: 'x' }, { text: 'y' }], ', ')).toBe('stimmt überein: Hardware-Adresse, y');
  });
});
