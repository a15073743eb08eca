#!/bin/sh
#
# smarthost.t - the scripted smarthost: each rule of the protocol once.
# Perl (core modules), because a shell cannot hold a raw connection.
#
# SPDX-License-Identifier: ISC
exec perl -x "$0" "$@"
#!perl
use strict;
use warnings;
use IO::Socket::UNIX;
use MIME::Base64;
use Test::More;
use Time::HiRes qw(time);
use lib $0 =~ s{[^/]*$}{}r || '.';
use smarthost_test;

sub protocol_commands {
	start('--ehlo', 'PIPELINING,SIZE 1000,8BITMIME,CHUNKING,'
	    . 'ENHANCEDSTATUSCODES,DSN,SMTPUTF8');
	my $c = dial();
	like(reply($c), qr/^220 smarthost\.example /, 'greeting');
	asks($c, 'MAIL FROM:<a@b.example>', qr/^503 /, 'MAIL before EHLO');
	asks($c, 'HELO client.example', qr/^250 smarthost.example\r\n$/);
	asks($c, 'NOOP', qr/^250 Ok/, 'no enhanced code after HELO');
	asks($c, 'BDAT 1 LAST', qr/^500 /, 'no BDAT after HELO');
	asks($c, 'EHLO', qr/^501 /);
	asks($c, 'EHLO a b', qr/^501 /);
	asks($c, 'ehlo [127.0.0.1]', qr/^250-.*\r\n250-PIPELINING\r\n/);
	asks($c, 'NOOP', qr/^250 2\.0\.0 /);
	asks($c, 'VRFY x', qr/^252 /);
	asks($c, 'HUH', qr/^500 /);
	asks($c, 'STARTTLS', qr/^502 /, 'STARTTLS not offered');
	asks($c, 'AUTH PLAIN', qr/^502 /, 'AUTH not offered');
	asks($c, 'RCPT TO:<a@b.example>', qr/^503 /, 'RCPT before MAIL');
	asks($c, 'DATA', qr/^503 /, 'DATA before MAIL');
	asks($c, $_, qr/^501 /) for 'MAIL FROM: <a@b.example>',
	    'MAIL FROM:a@b.example', 'MAIL FROM:<a@b.example> ',
	    'MAIL FROM:<a@-b>', 'MAIL FROM:<a b@c>', 'MAIL FROM:<@x:a@b>',
	    'MAIL FROM:<a@b.example> SIZE=x', 'MAIL FROM:<a@b.example> BODY=9',
	    'MAIL FROM:<a@b.example> SIZE=1 SIZE=1',
	    'MAIL FROM:<a@b.example> ENVID=+zz';
	asks($c, 'MAIL FROM:<a@b.example> X=y', qr/^555 /);
	asks($c, 'MAIL FROM:<a@b.example> AUTH=<>', qr/^555 /);
	asks($c, "MAIL FROM:<\xc3\xa9\@b>", qr/^553 /, 'UTF-8 undeclared');
	asks($c, 'MAIL FROM:<a@b.example> SIZE=1001', qr/^552 /);
	asks($c, "MAIL FROM:<\"a \\\" b\"\@[IPv6:::1]> SIZE=1000 "
	    . 'BODY=8BITMIME RET=HDRS ENVID=a+2Bb SMTPUTF8', qr/^250 /,
	    'MAIL with all that is offered');
	asks($c, 'MAIL FROM:<>', qr/^503 /, 'nested MAIL');
	asks($c, 'DATA', qr/^554 /, 'DATA without recipient');
	asks($c, $_, qr/^501 /) for 'RCPT TO:<>', 'RCPT TO:<a>',
	    'RCPT TO:<a@b> NOTIFY=NEVER,DELAY', 'RCPT TO:<a@b> ORCPT=a';
	asks($c, $_, qr/^250 /) for 'RCPT TO:<Postmaster>',
	    "RCPT TO:<\xc3\xa9\@b.example>",
	    'RCPT TO:<a@b> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@c';
	asks($c, 'RSET', qr/^250 /);
	asks($c, 'DATA', qr/^503 /, 'DATA after RSET');
	asks($c, 'QUIT x', qr/^501 /);
	asks($c, 'QUIT', qr/^221 /);
	ok(at_end($c), 'closed after QUIT');
	stop();
	start('--ehlo', 'SIZE 1000,REQUIRETLS');
	$c = dial();
	reply($c);
	asks($c, 'EHLO x', qr/^250-\S+\r\n250 SIZE 1000\r\n$/,
	    'REQUIRETLS is not offered without TLS');
	asks($c, 'MAIL FROM:<a@b.example> REQUIRETLS', qr/^555 /,
	    'and not taken');
	stop();
}

sub protocol_lines {
	start();
	my $c = hello();
	send_raw($c, "NOOP\n");
	like(reply($c), qr/^500 /, 'bare LF ends no command');
	send_raw($c, "NO\rOP\r\n");
	like(reply($c), qr/^500 /, 'bare CR in a command');
	send_raw($c, "NO\0OP\r\n");
	like(reply($c), qr/^500 /, 'NUL in a command');
	asks($c, 'NOOP ' . 'x' x 600, qr/^500 /, 'long command');
	asks($c, 'NOOP ' . 'x' x 200000, qr/^500 /, 'endless command');
	send_raw($c, "NOOP\r\nNOOP\r\n");
	reply($c), reply($c);
	my %s = stats();
	is($s{violations}, 6, 'all of them are violations');
	stop();

	start('--ehlo', '8BITMIME');
	$c = hello();
	send_raw($c, "RSET\r\nRSET\r\n");
	like(reply($c), qr/^503 /, 'pipelining was not offered');
	reply($c);
	asks($c, 'MAIL FROM:<a@b> SIZE=1', qr/^555 /, 'SIZE not offered');
	asks($c, 'BDAT 1', qr/^500 /, 'CHUNKING not offered');
	stop();
}

sub protocol_content {
	start('--ehlo', 'PIPELINING,SIZE 5000,8BITMIME,CHUNKING');
	my $c = hello();
	like(data($c, "A: b\r\n\r\n..\r\n...x\r\n.y\r\n"), qr/^250 /, 'DATA');
	is(mail(1, 'msg'), "A: b\r\n\r\n.\r\n..x\r\ny\r\n", 'unstuffed');
	like(mail(1, 'env'), qr/^connection\ \d+\nmessage\ 1\nhelo\ client\.example
	    \ntls\ none\nauth\ none\nmail\ <a\@example\.org>
	    \nrcpt\ <b\@example\.net>\nhow\ DATA\nbytes\ 19\n$/x, 'envelope');
	my $nasty = "a\n.\nb\n.\r\nc\r.\rd\r.\r\ne\r\n\0\xff";
	like(data($c, $nasty . "\r\n" . 'x' x 999 . "\r\n"), qr/^250 /,
	    'a client that lets stray line ends pass');
	is(mail(2, 'msg'), $nasty . "\r\n" . 'x' x 999 . "\r\n",
	    'they end nothing');
	like(mail(2, 'env'), qr/^note\ bare-lf\ 3\nnote\ bare-cr\ 3
	    \nnote\ nul\ 1\nnote\ long-line\ 1
	    \nnote\ 8bit-not-declared\ 1\n/mx, 'noted');
	like(data($c, ''), qr/^250 /, 'empty message');
	is(mail(3, 'msg'), '', 'stored empty');
	like(data($c, "x\r\n" x 2000), qr/^552 /, 'larger than SIZE');

	my $text = join '', map { "." x ($_ % 5) . 'x' x ($_ % 90) . "\r\n" }
	    1 .. 100;
	begin($c), ask($c, 'DATA');
	send_raw($c, $_) for split //, $text =~ s/^\./../gmr . ".\r\n";
	like(reply($c), qr/^250 /, 'content byte by byte');
	ok(mail(4, 'msg') eq $text, 'is the same');

	begin($c);
	send_raw($c, "BDAT 5\r\n.\r\n.\rBDAT 3 LAST\r\n\nxy");
	like(reply($c), qr/^250 /, 'chunk');
	like(reply($c), qr/^250 /, 'last chunk');
	is(mail(5, 'msg'), ".\r\n.\r\nxy", 'BDAT content as it is');
	like(mail(5, 'env'), qr/^how BDAT\nbytes 8\nnote no-final-crlf 1\n$/m,
	    'CRLF in two chunks is no bare CR');
	begin($c);
	asks($c, 'BDAT 0 LAST', qr/^250 /);
	asks($c, 'BDAT x', qr/^501 /);
	asks($c, "BDAT 6\r\nRSET", qr/^503 /, 'chunk without MAIL');
	ask($c, 'MAIL FROM:<a@b>');
	asks($c, "BDAT 6 LAST\r\nRSET", qr/^554 /, 'chunk without RCPT');
	asks($c, 'MAIL FROM:<a@b>', qr/^250 /, 'MAIL after refused LAST');
	ask($c, 'RCPT TO:<a@b>');
	ask($c, "BDAT 3\r\nx");
	asks($c, 'DATA', qr/^503 /, 'DATA after BDAT');
	stop();
}

sub protocol_groups {
	start();
	my $c = hello();
	my %before = stats();
	send_raw($c, "MAIL FROM:<a\@b>\r\nRCPT TO:<c\@d>\r\nRCPT TO:<e\@f>\r\n"
	    . "DATA\r\n");
	like(reply($c), qr/^250 /) for 1 .. 3;
	like(reply($c), qr/^354 /);
	my %after = stats();
	is($after{writes} - $before{writes}, 1, 'one write for the group');
	send_raw($c, "x\r\n.\r\nMAIL FROM:<a\@b>\r\nRCPT TO:<c\@d>\r\nDATA\r\n");
	like(reply($c), qr/^250 /) for 1 .. 3;
	like(reply($c), qr/^354 /, 'next envelope behind the dot');
	send_raw($c, ".\r\n"), reply($c);
	my $one = "MAIL FROM:<a\@b>\r\nRCPT TO:<c\@d>\r\nBDAT 3 LAST\r\nx\r\n";
	send_raw($c, $one x 200);
	is(scalar(grep { (reply($c) // '') =~ /^250 / } 1 .. 600), 600,
	    'streamed transactions');
	send_raw($c, "DATA\r\nx\r\n");
	reply($c), reply($c);
	%after = stats();
	is($after{messages}, 202, 'messages are counted');
	is($after{recipients}, 203, 'recipients');
	is($after{violations}, 1, 'content before the 354');
	stop();
}

sub protocol_auth {
	start('--user', 'joe', '--password', 'geheim', '--auth-clear');
	my $plain = encode_base64("\0joe\0geheim", '');
	my $c = hello();
	asks($c, 'MAIL FROM:<a@b>', qr/^530 5\.7\.0 /, 'MAIL before AUTH');
	asks($c, 'AUTH NTLM', qr/^504 /);
	asks($c, 'AUTH PLAIN !', qr/^501 /);
	asks($c, 'AUTH PLAIN =', qr/^535 /);
	asks($c, 'AUTH PLAIN ' . encode_base64("\0joe\0geheim ", ''),
	    qr/^535 5\.7\.8 /, 'wrong password');
	asks($c, 'AUTH PLAIN', qr/^334 \r\n/);
	asks($c, '*', qr/^501 /, 'cancelled');
	asks($c, 'AUTH PLAIN', qr/^334 \r\n/);
	asks($c, $plain, qr/^235 2\.7\.0 /, 'PLAIN');
	asks($c, "AUTH PLAIN $plain", qr/^503 /, 'AUTH twice');
	like(data($c, ''), qr/^250 /, 'MAIL after AUTH');
	like(mail(1, 'env'), qr/^auth joe\n/m);
	$c = hello();
	asks($c, "AUTH PLAIN $plain", qr/^235 /, 'PLAIN, initial response');
	$c = hello();
	asks($c, 'AUTH LOGIN', qr/^334 VXNlcm5hbWU6\r\n/);
	asks($c, encode_base64('joe', ''), qr/^334 UGFzc3dvcmQ6\r\n/);
	asks($c, encode_base64('geheim', ''), qr/^235 /, 'LOGIN');
	$c = hello();
	asks($c, 'AUTH LOGIN ' . encode_base64('joe', ''), qr/^334 UGFz/);
	asks($c, encode_base64('x', ''), qr/^535 /, 'LOGIN, wrong');
	my %s = stats();
	is("$s{auth_ok} $s{auth_failed}", '3 5', 'counted');
	like(transcript(), qr/^1 clear C: AUTH PLAIN \Q$plain\E\n/m ?
	    qr/./ : qr/clear C: \Q$plain\E\n/, 'the secret is in the log');
	stop();
	start('--user', 'joe', '--password', 'geheim');
	$c = dial();
	reply($c);
	my $ehlo = ask($c, 'EHLO x');
	unlike($ehlo, qr/AUTH/, 'no AUTH in clear');
	asks($c, "AUTH PLAIN $plain", qr/^538 /);
	stop();
}

sub limits {
	start('--max-connections', '2', '--max-recipients', 2, '--need-rset');
	my ($c, $d, $e) = (hello(), hello(), dial());
	like(reply($e), qr/^421 4\.7\.0 /, 'too many connections');
	ok(at_end($e), 'closed');
	close $e->{fd};
	wait_for(qr/^closed 3/);
	begin($c, 'a@b', 'c@d');
	asks($c, 'RCPT TO:<e@f>', qr/^452 4\.5\.3 /, 'too many recipients');
	ask($c, 'RSET');
	ask($c, 'MAIL FROM:<a@b>');
	asks($c, 'BDAT 0 LAST', qr/^554 /);
	asks($c, 'MAIL FROM:<a@b>', qr/^503 /, 'needs RSET');
	close $d->{fd};
	wait_for(qr/^closed 2/);
	$e = hello();
	asks($e, 'NOOP', qr/^250 /, 'room again');
	my %s = stats();
	is("$s{connections} $s{connections_peak} $s{connections_refused}",
	    '4 3 1');
	stop();

	start('--delay-ms', '30');
	$c = hello();
	my $t = time;
	send_raw($c, "RSET\r\n" x 20);
	reply($c) for 1 .. 20;
	$t = time - $t;
	ok($t >= 0.029, 'replies are late');
	cmp_ok($t, '<', 0.5, 'a group pays once');
	stop();
}

sub addresses {
	my @v6 = -e '/proc/net/if_inet6' &&
	    slurp('/proc/net/if_inet6') =~ /^0{31}1 / ? '--listen=[::1]' : ();
	start('--listen', "unix:$tmp/sock", '--listen', '127.0.0.1:0', @v6);
	is($server{ports}[0], "$tmp/sock", 'unix socket');
	my $s = IO::Socket::UNIX->new(Peer => "$tmp/sock") or die;
	like(reply({ fd => $s, buf => '' }), qr/^220 /);
	like(reply(dial($server{ports}[1])), qr/^220 /);
	cmp_ok($server{ports}[2], '>', 0, '::1') if @v6;
	kill TERM => $server{pid};
	waitpid $server{pid}, 0;
	is($?, 0, 'SIGTERM ends it with connections open');
	ok(!-e "$tmp/sock", 'socket removed');
	isnt(system("$program --huh 2>/dev/null"), 0, 'unknown option');
	isnt(system("$program --tls starttls 2>/dev/null"), 0, 'no certificate');
	for my $bad ('mail * reply\q', 'x * close', 'rcpt 0 close', 'rcpt *',
	    'rcpt 2-1 close', 'ehlo * explode', 'dot * delay x') {
		open my $f, '>', "$tmp/bad" or die;
		print $f "$bad\n";
		close $f;
		isnt(system("$program --script $tmp/bad 2>/dev/null"), 0,
		    "refused: $bad");
	}
}

protocol_commands();
protocol_lines();
protocol_content();
protocol_groups();
protocol_auth();
limits();
addresses();
done_testing();
