# shellcheck shell=sh
# Ruby's mail, which is that of Rails.
# Packages: ruby-mail

check "Ruby's mail sends" as alice ruby - <<'END'
# encoding: utf-8
require "mail"
Mail.defaults { delivery_method :sendmail }
Mail.deliver do
	from "Rails <rails@example.org>"
	sender "bounces@example.org"
	to "ruby.to@example.org"
	bcc "ruby.bcc@example.org"
	subject "from Ruby, Grüße"
	body "one\n.\n..two\n"
end
END
for box in to bcc; do
	check "Ruby's mail arrives ($box)" mailed ruby.$box <<-'END'
	Return-Path: <bounces@example.org>
	From: Rails <rails@example.org>
	Sender: bounces@example.org
	To: ruby.to@example.org
	Subject: =?UTF-8?*?=
	Mime-Version: 1.0
	Content-Type: text/plain;
	 charset=UTF-8
	Content-Transfer-Encoding: 7bit

	one
	.
	..two
	END
done
