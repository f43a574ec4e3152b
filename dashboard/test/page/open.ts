import type { Browser, Page } from 'playwright-core';
import type { TestContext } from 'vitest';

/** A page of its own for one test, in the one Chromium of all. */
export interface Visit {
  readonly page: Page;
  /** Opens an address of the dashboard and waits until no panel is waiting. */
  visit(search?: string): Promise<void>;
  /** That of the test: with several at once, only it can wait. */
  readonly expect: TestContext['expect'];
}

export interface VisitOptions {
  /** The browser itself reports answers like 503 and connections that were cut: a test that makes them expects that. */
  readonly isTroubleExpected?: boolean;
}

/** How tests get their page. When the test is over the page is closed, and nothing may have gone wrong in it. */
export type Open = (
  test: Pick<TestContext, 'expect' | 'onTestFinished'>,
  options?: VisitOptions,
) => Promise<Visit>;

export function pagesOf(browser: Browser, urlOf: () => string): Open {
  return async ({ expect, onTestFinished }, { isTroubleExpected = false } = {}) => {
    const context = await browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1440, height: 900 },
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const problems = problemsOf(page, isTroubleExpected);
    onTestFinished(async () => {
      await context.close();
      expect(problems).toEqual([]);
    });
    return {
      page,
      expect,
      async visit(search = '') {
        await page.goto(`${urlOf()}/${search}`);
        await expect.poll(() => page.locator('.skeleton').count(), { timeout: 15_000 }).toBe(0);
      },
    };
  };
}

/** What the page complained of, and any dialog: a script of a device's name would open one. */
export function problemsOf(page: Page, isTroubleExpected = false): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    const isReport = isTroubleExpected && /Failed to load|net::ERR_/.test(message.text());
    if (message.type() === 'error' && !isReport) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => {
    problems.push(`a script spoke: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return problems;
}
