SELECT LENGTH('abc'), LENGTH('héé'), LENGTH(''), BYTE_LENGTH('héé'), CHAR_LENGTH('héé'), LENGTH(b'abc'), OCTET_LENGTH('é')
SELECT UPPER('aé'), LOWER('ABÉ'), REVERSE('abc'), REPEAT('ab', 3), REPEAT('ab', 0)
SELECT TRIM('  a b  '), LTRIM('  a '), RTRIM(' a  '), TRIM('xxaxx', 'x'), LTRIM('xyxa', 'xy'), RTRIM('abba', 'ab'), TRIM('\t a \n')
SELECT SUBSTR('apple', 2), SUBSTR('apple', 2, 2), SUBSTR('apple', -2), SUBSTR('apple', 0), SUBSTR('apple', 0, 2), SUBSTR('apple', -10, 3), SUBSTR('apple', 10), SUBSTR('apple', 2, 0), SUBSTR('apple', -3, 2)
SELECT SUBSTR('apple', 1, -1)
SELECT LEFT('apple', 3), RIGHT('apple', 3), LEFT('apple', 10), RIGHT('apple', 0), LEFT('', 2)
SELECT LEFT('apple', -1)
SELECT REPLACE('banana', 'na', 'NA'), REPLACE('banana', '', 'x'), REPLACE('banana', 'a', ''), REPLACE('aaa', 'aa', 'b')
SELECT STARTS_WITH('bar', 'b'), STARTS_WITH('bar', ''), ENDS_WITH('bar', 'r'), ENDS_WITH('bar', 'ba'), STARTS_WITH(NULL, 'b')
SELECT STRPOS('foo@example.com', '@'), STRPOS('foo', 'x'), STRPOS('foo', ''), INSTR('banana', 'an')
SELECT LPAD('abc', 5), LPAD('abc', 5, 'xy'), LPAD('abc', 2), RPAD('abc', 5), RPAD('abc', 8, 'xy'), RPAD('abc', 2)
SELECT SPLIT('a,b,c'), SPLIT('a b', ' '), SPLIT('', ','), SPLIT('abc', ''), SPLIT('a,,b', ','), SPLIT(',', ',')
SELECT CONCAT('a', 'b', 'c'), 'a' || 'b', CONCAT('a'), b'a' || b'b'
SELECT CONCAT('a', 1)
SELECT 'a' || 1
SELECT ASCII('A'), ASCII(''), CHR(65), CHR(233), UNICODE('é'), UNICODE('')
SELECT TRANSLATE('This is a cookie', 'sco', 'zku'), TRANSLATE('abc', 'ab', 'x')
SELECT TO_HEX(b'\x00\xff'), TO_HEX(MD5('a')), TO_HEX(SHA1('a')), TO_HEX(SHA256('a')), FROM_HEX('00ff'), TO_BASE64(b'abc'), FROM_BASE64('YWJj'), TO_HEX(MD5(b'a'))
SELECT 'it''s'
SELECT "it's", 'say "hi"', r'\n', '\n\t\\', '\x41\u00e9', """a"b""", '''a'b'''
SELECT 'a' LIKE 'a%', 'abc' LIKE '_b_', 'a%c' LIKE 'a\\%c', 'abc' LIKE 'a\\%c', 'abc' NOT LIKE 'b%', 'ABC' LIKE 'abc', NULL LIKE 'a', 'a\nb' LIKE 'a%b'
SELECT REGEXP_CONTAINS('foo@example.com', r'@[a-z]+\.com'), REGEXP_CONTAINS('abc', 'b'), REGEXP_CONTAINS('abc', '^b'), REGEXP_CONTAINS('abc', '(?i)B'), REGEXP_CONTAINS(NULL, 'a')
SELECT REGEXP_CONTAINS('abc', '(')
SELECT REGEXP_EXTRACT('foo@example.com', r'^[a-zA-Z0-9_.+-]+'), REGEXP_EXTRACT('foo@example.com', r'@([a-z]+)'), REGEXP_EXTRACT('abc', 'x'), REGEXP_EXTRACT('abc', 'x*')
SELECT REGEXP_EXTRACT('Hello Helloo and Hellooo', 'H?ello+', 1, 2), REGEXP_EXTRACT('Hello Helloo and Hellooo', 'H?ello+', 3), REGEXP_SUBSTR('Hello World', 'o')
SELECT REGEXP_EXTRACT('abc', '(a)(b)')
SELECT REGEXP_EXTRACT_ALL('Try `func(x)` or `func(y)`', '`(.+?)`'), REGEXP_EXTRACT_ALL('a1b22', r'\d+'), REGEXP_EXTRACT_ALL('abc', 'x')
SELECT REGEXP_REPLACE('# Heading', r'^# ([a-zA-Z0-9\s]+$)', '<h1>\\1</h1>'), REGEXP_REPLACE('aaa', 'a', 'b'), REGEXP_REPLACE('abc', 'x', 'y'), REGEXP_REPLACE('abc', '(b)', r'[\1]')
SELECT FORMAT('%d', 5), FORMAT('%05d', 42), FORMAT('%s-%s', 'a', 'b'), FORMAT('%.2f', 1.005), FORMAT('%d%%', 5), FORMAT('%5s|%-5s|', 'a', 'b'), FORMAT('%x', 255), FORMAT('%t', DATE '2026-01-01')
SELECT STRING_AGG(x), STRING_AGG(x, '-'), STRING_AGG(DISTINCT x, ','  ORDER BY x), STRING_AGG(x, ',' ORDER BY x DESC), STRING_AGG(x, ',' ORDER BY x LIMIT 2) FROM UNNEST(['a', NULL, 'b', 'a']) AS x
SELECT EDIT_DISTANCE('kitten', 'sitting'), EDIT_DISTANCE('', 'a')
SELECT CAST(b'abc' AS STRING), CAST('abc' AS BYTES), SAFE_CONVERT_BYTES_TO_STRING(b'abc')
SELECT 'abc' = 'ABC', 'abc' < 'abd', 'a ' = 'a', '' = '', 'a' != 'b', 'a' <> 'b'
SELECT LENGTH('a\0b')
SELECT SUBSTR('héllo', 2, 3), REVERSE('héllo'), STRPOS('héllo', 'l'), LEFT('héllo', 2)
SELECT SAFE.SUBSTR('-3.5', 9223372036854775807), SUBSTR('abc', 9223372036854775807), SUBSTR('abc', 9223372036854775807, 2)
SELECT REPLACE('a', '', CAST(NULL AS STRING)), REPLACE('a', '', 'x'), REPLACE(CAST(NULL AS STRING), '', 'x'), REPLACE('abca', 'a', '')
SELECT REGEXP_EXTRACT('a\nb', r'(\d?)\s+?')
SELECT REGEXP_EXTRACT_ALL('foo1 bar22', r'[a-z]+(\d)')
