#!/bin/sh
#
# smarthost_script.t - the scripted smarthost: each action of the script, TLS.
# Perl (core modules), because a shell cannot hold a raw connection.
#
# SPDX-License-Identifier: ISC
exec perl -x "$0" "$@"
#!perl
use strict;
use warnings;
use Test::More;
use lib $0 =~ s{[^/]*$}{}r || '.';
use smarthost_test;

sub script_selectors {
	start();
	my $c = hello();
	script('# comment', '', 'noop 2 reply 299 two', 'noop 4-5 reply 299 x',
	    'noop %7 reply 299 y', 'rcpt * match=B@X once reply 450 4.2.0 no',
	    'rcpt 2 match=d@x reply 550 5.1.1 no',
	    'rset * conn=2 reply 250 conn2', 'vrfy', );
	isnt(ask($c, 'NOOP'), "299 two\r\n", 'a bad script is not taken');
	script('# comment', '', 'noop 3 reply 299 two', 'noop 5-6 reply 299 x',
	    'noop %8 reply 299 y', 'rcpt * match=B@X once reply 450 4.2.0 no',
	    'rcpt 2 match=d@x reply 550 5.1.1 no',
	    'rset * conn=2 reply 250 conn2');
	is(join(' ', map { ask($c, 'NOOP') =~ /^299/ ? 1 : 0 } 2 .. 8),
	    '0 1 0 1 1 0 1', 'N, N-M, %N; counting since the start');
	begin($c, 'a@x');
	asks($c, 'RCPT TO:<b@x>', qr/^450 4\.2\.0 no\r\n/, 'match=');
	asks($c, 'RCPT TO:<b@x>', qr/^250 /, 'once');
	asks($c, 'RCPT TO:<d@x>', qr/^250 /);
	asks($c, 'RCPT TO:<d@x>', qr/^550 /, '2nd of those that match');
	script('rset * reply 250-a\r\n250 \x62\;\\\\',
	    'rcpt * match=b@x once reply 450 4.2.0 no');
	is(ask($c, 'RSET'), "250-a\r\n250 b;\\\r\n", 'escapes; read again');
	$c = hello();
	script('rset * conn=1 reply 250 one', 'rset * conn=2-3 reply 250 two');
	is(ask($c, 'RSET'), "250 two\r\n", 'conn=');
	script('dot * match=mail\x20<a reply 554 matched');
	like(data($c, ''), qr/^554 matched/, 'match= in the envelope');
	stop(qr/^smarthost: .*script:9: unknown phase: vrfy\n$/);
}

sub script_answers {
	start();
	my $c;
	script('greeting 1 reply 554 5.3.2 no service', 'mail 1 reply 451 x',
	    'rcpt 1 reply 550 x', 'data 1 reply 451 x', 'dot 1 reply 554 x',
	    'dot 2 reply 251 fine');
	$c = dial();
	like(reply($c), qr/^554 /, 'greeting refused');
	asks($c, 'EHLO x', qr/^503 /);
	asks($c, 'QUIT', qr/^221 /);
	$c = hello();
	asks($c, 'MAIL FROM:<a@b>', qr/^451 /);
	asks($c, 'DATA', qr/^451 /);
	asks($c, 'DATA', qr/^503 /, 'no transaction');
	asks($c, 'MAIL FROM:<a@b>', qr/^250 /);
	asks($c, 'RCPT TO:<a@b>', qr/^550 /);
	asks($c, 'RCPT TO:<b@b>', qr/^250 /);
	asks($c, 'DATA', qr/^354 /);
	send_raw($c, ".\r\n");
	like(reply($c), qr/^554 /);
	is(mail(1, 'env'), undef, 'refused at the dot: not stored');
	is(data($c, "x\r\n"), "251 fine\r\n");
	is(mail(1, 'msg'), "x\r\n", 'accepted with another text: stored');
	script('data * reply 354 go', 'bdat 1 reply 452 4.3.1 full',
	    'bdat 2 reply 250 taken', 'dot * reply 250 dot');
	asks($c, 'DATA', qr/^354 go/, '354 without a transaction');
	send_raw($c, "x\r\n.\r\n");
	like(reply($c), qr/^250 dot/);
	is(mail(2, 'env'), undef, 'but nothing stored');
	begin($c);
	asks($c, "BDAT 3 LAST\r\nx", qr/^452 /);
	begin($c);
	asks($c, "BDAT 3\r\nx", qr/^250 taken/);
	asks($c, "BDAT 3 LAST\r\nx", qr/^250 dot/, 'dot rule for BDAT LAST');
	is(mail(2, 'msg'), "x\r\nx\r\n");
	script('auth * reply 334 eA==', 'authdata 1 reply 235 fine',
	    'quit 2 silent', 'other * reply 299 other',
	    'noop 1 silent', 'noop 2 raw 250 r\nx\r\n', 'helo * flood 100');
	asks($c, 'AUTH X', qr/^334 eA==/);
	asks($c, 'dGVzdA==', qr/^235 fine/, 'scripted AUTH');
	asks($c, 'HUH', qr/^299 other/, 'other');
	send_raw($c, "NOOP\r\nQUIT\r\n");
	asks($c, 'RSET', qr/^250 /, 'silent; QUIT without effect');
	send_raw($c, "NOOP\r\nRSET\r\n");
	fill($c) until $c->{buf} =~ s/^250 r\nx\r\n250 2.0.0 Ok\r\n//;
	pass('raw');
	send_raw($c, "HELO x\r\nRSET\r\n");
	like(reply($c), qr/^(250-flood.*\r\n){2}250 /, 'flood');
	asks($c, 'QUIT', qr/^221 /);
	stop();
}

sub script_endings {
	start();
	my ($c, $text);
	script('rcpt 1 close', 'rcpt 2 reply-close 421 4.3.2 bye',
	    'rcpt 3 reset', 'rcpt 4 stall', 'rcpt 5 truncate',
	    'dot 1 accept-close', 'dot 2 raw 250 ok ; close',
	    'dot 3 delay 20 ; slow 1 250 slow', 'dot 4 delay 20',
	    'dot 5 close', 'body 6 close-after 70000',
	    'body 7 reply 250 body', 'bdat 1 close-after 3');
	$c = hello();
	send_raw($c, "MAIL FROM:<a\@b>\r\nRCPT TO:<c\@d>\r\nDATA\r\n");
	like(reply($c), qr/^250 /, 'before close');
	ok(at_end($c), 'close');
	$c = hello();
	send_raw($c, "MAIL FROM:<a\@b>\r\nRCPT TO:<c\@d>\r\nDATA\r\n");
	reply($c);
	like(reply($c), qr/^421 /);
	ok(at_end($c), 'reply-close');
	$c = hello();
	begin($c);
	ok($!{ECONNRESET}, 'reset');
	$c = hello();
	ask($c, 'MAIL FROM:<a@b>');
	send_raw($c, "RCPT TO:<c\@d>\r\nNOOP\r\n");
	shutdown $c->{fd}, 1;
	ok(at_end($c), 'stall, until we close');
	$c = hello();
	begin($c);
	ok(at_end($c), 'truncate');

	is(data(hello(), "1\r\n"), undef, 'accept-close');
	like(wait_for(qr/^accepted/), qr/^accepted 0001 connection=6 message=1/);
	is(mail(1, 'msg'), "1\r\n", 'accepted');
	$c = hello();
	is(data($c, "2\r\n"), undef);
	is($c->{buf}, '250 ok', 'half a reply');
	is(mail(2, 'msg'), undef, 'is none');
	$c = hello();
	is(data($c, "3\r\n"), "250 slow\r\n", 'slow');
	like(data($c, "4\r\n"), qr/^250 /, 'delay');
	is(mail(3, 'msg'), "4\r\n");
	is(data($c, "5\r\n"), undef, 'close at the dot');
	is(mail(4, 'msg'), undef);
	$c = hello();
	is(data($c, "six\r\n" x 100000), undef, 'close-after in DATA');
	like(transcript(), qr/ event close-after, 70000 bytes/);
	$c = hello();
	is(data($c, "7\r\n"), "250 body\r\n", 'reply inside the content');
	like(reply($c), qr/^250 /, 'and at the dot');
	begin($c);
	send_raw($c, "BDAT 9 LAST\r\n1234567\r\n");
	is(reply($c), undef, 'close-after in BDAT');
	script('body * drip 1000000');
	$c = hello();
	like(data($c, "8\r\n" x 30000), qr/^250 /, 'drip: slow, but all');
	like(transcript(), qr/ event drip/);
	stop();
}

sub script_early {
	start();
	my $c = hello();
	script('data 1 early 250 ok', 'data 2 early 554 no',
	    'data 3 early 250 ok', 'dot 3 reply 554 no',
	    'bdat 1 early 250 ok', 'bdat 2 early 250 ok ; reply 554 no');
	begin($c);
	asks($c, 'DATA', qr/^354 /, 'early: the 354');
	like(reply($c), qr/^250 ok/, 'and the verdict');
	send_raw($c, "1\r\n.\r\nRSET\r\n");
	like(reply($c), qr/^250 2.0.0 Ok/, 'nothing at the dot');
	is(mail(1, 'msg'), "1\r\n", 'stored');
	begin($c);
	ask($c, 'DATA');
	like(reply($c), qr/^554 no/);
	send_raw($c, "2\r\n.\r\nRSET\r\n");
	reply($c);
	is(mail(2, 'msg'), undef, 'early refusal');
	begin($c);
	ask($c, 'DATA');
	reply($c);
	send_raw($c, "3\r\n.\r\n");
	like(reply($c), qr/^554 no/, 'a dot rule contradicts');
	is(mail(2, 'msg'), undef);
	begin($c);
	asks($c, 'BDAT 3 LAST', qr/^250 ok/, 'before the chunk');
	send_raw($c, "4\r\nRSET\r\n");
	like(reply($c), qr/^250 2.0.0 Ok\r\n/);
	is(mail(2, 'msg'), "4\r\n");
	begin($c);
	asks($c, 'BDAT 3 LAST', qr/^250 ok/);
	send_raw($c, "5\r\n");
	like(reply($c), qr/^554 no/, 'and another behind it');
	is(mail(3, 'msg'), undef);
	stop();
}

# --- TLS

sub tls {
	my @cert = ('--cert', "$tmp/certs/good.pem", '--key',
	    "$tmp/certs/good.key");
	start('--listen-tls', '127.0.0.1', '--listen-starttls', '127.0.0.1',
	    @cert, '--user', 'joe', '--password', 'x');
	my ($tls, $starttls) = @{ $server{ports} };
	my $c = dial_tls($tls);
	like(reply($c), qr/^220 /, 'implicit TLS');
	like(ask_tls($c, 'EHLO x'), qr/^250 AUTH PLAIN LOGIN\r\n/m,
	    'AUTH in TLS');
	like(ask_tls($c, 'AUTH PLAIN AGpvZQB4'), qr/^235 /);
	like(ask_tls($c, 'MAIL FROM:<a@b> AUTH=<>'), qr/^250 /);
	ask_tls($c, 'RCPT TO:<a@b>');
	ask_tls($c, 'DATA');
	like(ask_tls($c, "x\r\n."), qr/^250 /);
	like(mail(1, 'env'), qr/^tls TLS1\.[23]\nauth joe\n/m);
	like(transcript(), qr/^1 tls C: AUTH PLAIN AGpvZQB4\n/m, 'layer');
	like(ask_tls($c, 'QUIT'), qr/^221 /);
	is(hang_up($c, 1), 0, 'orderly end');

	$c = dial_tls($starttls, '--starttls-proto=smtp');
	like(ask_tls($c, 'MAIL FROM:<a@b>'), qr/^503 /,
	    'STARTTLS; the EHLO is forgotten');
	like(ask_tls($c, 'EHLO x'), qr/AUTH/);
	like(ask_tls($c, 'STARTTLS'), qr/^503 /, 'STARTTLS in TLS');
	hang_up($c);
	$c = dial($starttls);
	reply($c);
	asks($c, 'EHLO x', qr/^250 STARTTLS\r\n/m);
	send_raw($c, "STARTTLS\r\nNOOP\r\n");
	like(reply($c), qr/^503 /, 'bytes after STARTTLS');
	ok(at_end($c), 'and the end');

	script('starttls 4 inject 250 injected\r\n', 'starttls 5 reply 454 no',
	    'handshake * raw garbage ; close');
	$c = hello($starttls);
	asks($c, 'STARTTLS', qr/^220 /);
	like($c->{buf} || fill($c) && $c->{buf}, qr/^250 injected\r\n/,
	    'inject');
	$c = hello($starttls);
	asks($c, 'STARTTLS', qr/^454 no/);
	asks($c, 'NOOP', qr/^250 /, 'still in clear');
	$c = dial($tls);
	fill($c);
	is($c->{buf}, 'garbage', 'handshake');
	$c = dial_tls($tls);
	isnt(hang_up($c), 0);
	script('quit * reply 221 bye ; truncate');
	$c = dial_tls($tls);
	reply($c);
	ask_tls($c, 'QUIT');
	isnt(hang_up($c, 1), 0, 'truncate: no close_notify');
	stop();
	tls_variants(@cert);
}

sub tls_variants {
	my @cert = @_;
	my @client = ('--x509certfile', "$tmp/certs/client.pem",
	    '--x509keyfile', "$tmp/certs/client.key");
	start('--tls', 'implicit', @cert, '--tickets', 'late',
	    '--no-close-notify', '--client-ca', "$tmp/certs/ca.pem",
	    '--client-cert-required');
	my $c = dial_tls($server{ports}[0], @client);
	reply($c);
	like(ask_tls($c, 'NOOP'), qr/^250 /, 'late tickets') for 1 .. 3;
	ask_tls($c, 'QUIT');
	isnt(hang_up($c, 1), 0, '--no-close-notify');
	like(transcript(), qr/tls ok .* client-certificate/);
	$c = dial_tls($server{ports}[0]);
	is(reply($c), undef, 'client certificate required');
	hang_up($c);
	my %s = stats();
	is("$s{tls_full} $s{tls_failed}", '1 1', 'handshakes are counted');
	stop();
	start('--tls', 'implicit', @cert, '--tls-priority',
	    'NORMAL:-VERS-TLS1.3');
	$c = dial_tls($server{ports}[0]);
	reply($c);
	hang_up($c);
	like(transcript(), qr/tls ok TLS1\.2 full/, '--tls-priority');
	stop();
	for my $tickets ('auto', 'off') {
		start('--tls', 'implicit', @cert, '--tickets', $tickets);
		hang_up(dial_tls($server{ports}[0], '--resume'));
		my %s = stats();
		is($s{tls_resumed}, $tickets eq 'auto' ? 1 : 0,
		    "resumption with --tickets $tickets");
		stop();
	}
	for my $bad (qw(expired notyet wronghost foreign clientonly
	    selfsigned)) {
		start('--tls', 'implicit', '--cert', "$tmp/certs/$bad.pem",
		    '--key', "$tmp/certs/$bad.key");
		$c = dial_tls($server{ports}[0]);
		isnt(hang_up($c), 0, "certificate refused: $bad");
		stop();
	}
}

script_selectors();
script_answers();
script_endings();
script_early();
SKIP: {
	skip 'no gnutls-cli', 1 if system('gnutls-cli --version >/dev/null 2>&1');
	is(system('sh', "${here}certificates", "$tmp/certs"), 0,
	    'certificates') or skip 'no certificates', 1;
	tls();
}
done_testing();
