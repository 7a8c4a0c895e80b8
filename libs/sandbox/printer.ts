/** Collects what code prints, up to a number of characters. */
export class Printer {
  text = '';
  private cut = false;

  constructor(private readonly limit: number) {}

  write(text: string): void {
    if (this.cut) return;
    this.text += text;
    if (this.text.length <= this.limit) return;
    this.text = `${this.text.slice(0, this.limit)}… (cut)`;
    this.cut = true;
  }
}
