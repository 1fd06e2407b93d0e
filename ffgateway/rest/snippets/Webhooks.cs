// A receiver in C# on .NET 8 or newer, without a package; `v1` signatures (.NET has no Ed25519 of its own).
using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

static class Webhooks
{
    const long Tolerance = 5 * 60; // seconds

    /// <summary>Whether a delivery is genuine and fresh. `body` is the request's bytes as they came.</summary>
    public static bool Verify(byte[] body, string id, string timestamp, string signatures,
        IReadOnlyCollection<string> secrets, long now)
    {
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(signatures)) return false;
        if (string.IsNullOrEmpty(timestamp) || timestamp.Length > 12 || !timestamp.All(char.IsAsciiDigit)) return false;
        if (Math.Abs(now - long.Parse(timestamp)) > Tolerance) return false;
        var message = Encoding.UTF8.GetBytes($"{id}.{timestamp}.").Concat(body).ToArray();
        foreach (var entry in signatures.Split(' '))
        {
            if (!entry.StartsWith("v1,")) continue; // of another scheme, for other receivers
            var given = Encoding.UTF8.GetBytes(entry[3..]);
            foreach (var secret in secrets)
            {
                var key = Convert.FromBase64String(secret["whsec_".Length..]);
                var expected = Convert.ToBase64String(HMACSHA256.HashData(key, message));
                if (CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(expected))) return true;
            }
        }
        return false;
    }
}
