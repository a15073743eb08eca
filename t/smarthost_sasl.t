#!/bin/sh
#
# smarthost_sasl.t - the scripted smarthost: each mechanism of AUTH, against
# a client written here from the RFCs.  Perl (core modules).
#
# SPDX-License-Identifier: ISC
exec perl -x "$0" "$@"
#!perl
use strict;
use warnings;
use Digest::MD5;
use Digest::SHA qw(hmac_sha1 hmac_sha256 sha1 sha256);
use MIME::Base64;
use Test::More;
use lib $0 =~ s{[^/]*$}{}r || '.';
use smarthost_test;

sub b64 { encode_base64(shift, '') }
sub challenge { ($_[0] // '') =~ /^334 (\S*)\r\n/ ? decode_base64($1) : '' }

sub hmac_md5_hex {
	my ($text, $key) = @_;
	$key = Digest::MD5::md5($key) if length $key > 64;
	$key .= "\0" x (64 - length $key);
	return Digest::MD5::md5_hex(($key ^ "\x5c" x 64)
	    . Digest::MD5::md5(($key ^ "\x36" x 64) . $text));
}

# RFC 5802, 3; the result is the reply to the last message.
sub scram {
	my ($c, $mechanism, $gs2, $user, $password) = @_;
	my ($h, $hmac) = $mechanism =~ /256/ ? (\&sha256, \&hmac_sha256)
	    : (\&sha1, \&hmac_sha1);
	my $bare = "n=$user,r=abc";
	my $first = challenge(ask($c, "AUTH $mechanism " . b64("$gs2$bare")));
	my ($nonce, $salt, $n) = $first =~ /^r=(abc.+),s=(.+),i=(\d+)$/
	    or return $first;
	my $u = $hmac->(decode_base64($salt) . "\0\0\0\1", $password);
	my $salted = $u;
	$salted ^= $u = $hmac->($u, $password) for 2 .. $n;
	my $final = 'c=' . b64($gs2) . ",r=$nonce";
	my $key = $hmac->('Client Key', $salted);
	my $message = "$bare,$first,$final";
	my $proof = $key ^ $hmac->($message, $h->($key));
	my $r = ask($c, b64("$final,p=" . b64($proof)));
	return $r if $r !~ /^334 /;
	is(challenge($r), 'v=' . b64($hmac->($message,
	    $hmac->('Server Key', $salted))), "$mechanism: its signature");
	return ask($c, '');
}

my $c;
my $ok = qr/^235 /;
my $no = qr/^535 /;
start('--auth-clear', '--user', 'joe', '--password', 'geheim', '--token',
    'tok', '--auth', 'CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER '
    . 'EXTERNAL');
asks(hello(), 'AUTH PLAIN', qr/^504 /, 'PLAIN is not in the list');

for my $password ('geheim', 'wrong') {
	my $want = $password eq 'geheim' ? $ok : $no;
	$c = hello();
	my $text = challenge(ask($c, 'AUTH CRAM-MD5'));
	like($text, qr/^<\w+\@smarthost\.example>$/, 'CRAM-MD5 challenge');
	asks($c, b64('joe ' . hmac_md5_hex($text, $password)), $want,
	    "CRAM-MD5: $password");
	for my $m ('SCRAM-SHA-1', 'SCRAM-SHA-256') {
		like(scram(hello(), $m, 'n,,', 'joe', $password), $want,
		    "$m: $password");
	}
}
like(scram(hello(), 'SCRAM-SHA-256', 'n,,', 'jim', 'geheim'), $no, 'jim');
like(scram(hello(), 'SCRAM-SHA-256', 'y,,', 'joe', 'geheim'), $ok, 'y flag');
is(scram(hello(), 'SCRAM-SHA-256', 'p=tls-exporter,,', 'joe', 'geheim'), '',
    'no channel binding in clear');

for my $token ('tok', 'old') {
	for my $m ([ 'XOAUTH2', "user=joe\1auth=Bearer $token\1\1" ],
	    [ 'OAUTHBEARER', "n,a=joe,\1host=h\1auth=Bearer $token\1\1" ]) {
		my ($name, $response) = @$m;
		$c = hello();
		if ($token eq 'tok') {
			asks($c, "AUTH $name " . b64($response), $ok, $name);
			$c = hello();
			asks($c, "AUTH $name", qr/^334 \r\n/);
			asks($c, b64($response), $ok, "$name in two lines");
			next;
		}
		like(challenge(ask($c, "AUTH $name " . b64($response))),
		    qr/"status":"401"/, "$name: the error");
		asks($c, b64("\1"), $no, "$name: and the refusal");
	}
}
asks(hello(), 'AUTH EXTERNAL =', $no, 'EXTERNAL without certificate');
stop();

start('--auth-clear', '--user', 'joe', '--password', 'x' x 100, '--auth',
    'CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-256-PLUS');
$c = hello();
my $text = challenge(ask($c, 'AUTH CRAM-MD5'));
asks($c, b64('joe ' . hmac_md5_hex($text, 'x' x 100)), $ok, 'long password');
is(scram(hello(), 'SCRAM-SHA-256', 'y,,', 'joe', 'x' x 100), '',
    'y flag, but we do offer -PLUS');
stop();
done_testing();
