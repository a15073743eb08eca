# shellcheck shell=sh
# Nodemailer's sendmail transport.
# Packages: nodejs node-nodemailer

check "Nodemailer sends" as alice env NODE_PATH=/usr/share/nodejs node - <<'END'
const mailer = require("nodemailer").createTransport({ sendmail: true });
mailer.sendMail({
	from: "Web <web@example.org>",
	envelope: {
		from: "bounces@example.org",
		to: ["node.to@example.org", "node.bcc@example.org"],
	},
	to: "Zoë <node.to@example.org>",
	bcc: "node.bcc@example.org",
	subject: "from Nodemailer",
	text: "one\n.\n..two\nGrüße",
}, (error) => { if (error) throw error; });
END
for box in to bcc; do
	check "Nodemailer's mail arrives ($box)" mailed node.$box <<-'END'
	Return-Path: <bounces@example.org>
	From: Web <web@example.org>
	To: =?UTF-8?*?= <node.to@example.org>
	Subject: from Nodemailer
	MIME-Version: 1.0
	Content-Type: text/plain; charset=utf-8
	Content-Transfer-Encoding: quoted-printable

	one
	.
	..two
	Gr=C3=BC=C3=9Fe
	END
done
