/** How many words a text has: what stands between spaces. */
export function countWords(text: string): number {
  let count = 0;
  for (const _word of text.matchAll(/\S+/g)) count++;
  return count;
}

/** The words by which texts are compared: letters and digits, in lower case. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Words that every English text is full of. Those of other languages tell little too, but cost no more than an even field. */
export const COMMON_WORDS = new Set(
  `a about after all also an and any are as at be because been but by can could did do does for from had has have he her his how i if in into is it
  its may more most no not of on one or other our out over she should so some such than that the their them then there these they this those to up
  was we were what when which who will with would you your`.split(/\s+/),
);
