// A receiver in Java 17 or newer, without a library. `body` is the request's bytes as they came.
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class Webhooks {
    static final long TOLERANCE = 5 * 60; // seconds

    /** Whether a delivery is genuine and fresh. `keys` are whsec_… secrets or whpk_… public keys. */
    static boolean verify(byte[] body, String id, String timestamp, String signatures,
            List<String> keys, long now) throws GeneralSecurityException {
        if (id == null || signatures == null || timestamp == null || !timestamp.matches("[0-9]{1,12}")) {
            return false;
        }
        if (Math.abs(now - Long.parseLong(timestamp)) > TOLERANCE) {
            return false;
        }
        byte[] head = (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
        for (String entry : signatures.split(" ")) {
            String[] parts = entry.split(",", 2);
            for (String key : keys) {
                if (parts.length == 2 && signedBy(key, parts[0], parts[1], head, body)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean signedBy(String key, String version, String text, byte[] head, byte[] body)
            throws GeneralSecurityException {
        byte[] signature;
        try {
            signature = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException flaw) {
            return false;
        }
        if (version.equals("v1") && key.startsWith("whsec_")) {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(key.substring(6)), "HmacSHA256"));
            mac.update(head);
            return MessageDigest.isEqual(mac.doFinal(body), signature);
        }
        if (version.equals("v1a") && key.startsWith("whpk_") && signature.length == 64) {
            byte[] prefix = HexFormat.of().parseHex("302a300506032b6570032100");
            byte[] raw = Base64.getDecoder().decode(key.substring(5));
            byte[] der = new byte[prefix.length + raw.length];
            System.arraycopy(prefix, 0, der, 0, prefix.length);
            System.arraycopy(raw, 0, der, prefix.length, raw.length);
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der)));
            verifier.update(head);
            verifier.update(body);
            return verifier.verify(signature);
        }
        return false;
    }
}
