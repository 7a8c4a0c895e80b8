const CUT = '… (cut)';
/** Each call keeps something in memory until the code ends. */
const MOST_CALLS = 100_000;
const MOST_CHARACTERS = 2 * 1024 * 1024;

/** Collects what code prints, up to a number of characters; the rest is cut. */
export class Printer {
  text = '';
  private calls = 0;
  private characters = 0;

  constructor(private readonly limit: number) {}

  /** Whether it has been so much that the code must stop. */
  get isFlooded(): boolean {
    return this.calls > MOST_CALLS || this.characters > MOST_CHARACTERS;
  }

  /** Throws when it is flooded. */
  write(text: string): void {
    if (this.characters <= this.limit) this.text += text;
    this.calls++;
    this.characters += text.length;
    if (this.text.length > this.limit) this.text = this.text.slice(0, this.limit - CUT.length) + CUT;
    if (this.isFlooded) throw new Error('prints too much');
  }
}
