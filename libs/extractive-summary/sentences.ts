/** Full stops that end no sentence. */
const ABBREVIATIONS = new Set(
  'dr. mr. mrs. ms. prof. st. jr. sr. vs. etc. e.g. i.e. cf. fig. no. vol. approx. ca. z.b. d.h. bzw.'.split(' '),
);
/** What may stand between a full stop and the space after it. */
const END = /[.!?…]["'”’)\]»*_]*$/;
const INITIAL = /^["'(]?\p{Lu}\.$/u;
const SMALL = /^["'“‘(«]?\p{Ll}/u;

/** The sentences of a document, in order, with one space between words. A blank line ends one, a line break does not. */
export function sentencesOf(document: string): string[] {
  return document.split(/\n\s*\n/).flatMap(sentencesOfParagraph);
}

function sentencesOfParagraph(paragraph: string): string[] {
  const sentences: string[] = [];
  let words: string[] = [];
  // Scripts without spaces have full stops of their own, which end a sentence whatever follows.
  for (const part of paragraph.replace(/[。！？]+[」』”）]*/g, '$&\0').split('\0')) {
    const all = part.split(/\s+/).filter((word) => word !== '');
    for (const [index, word] of all.entries()) {
      words.push(word);
      const next = all[index + 1];
      if (next !== undefined && !endsSentence(word, next)) continue;
      sentences.push(words.join(' '));
      words = [];
    }
  }
  return sentences;
}

const endsSentence = (word: string, next: string): boolean =>
  END.test(word) && !INITIAL.test(word) && !ABBREVIATIONS.has(word.toLowerCase()) && !SMALL.test(next);
