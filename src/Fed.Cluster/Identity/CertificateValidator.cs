using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fed.Cluster.Identity;

/// <summary>
/// Says which certificates count: those that this federation's CA signed itself, of the form that it gives them, within their time, and not revoked. Nothing else that the machine trusts has a say. Thread-safe.
/// </summary>
/// <param name="authority">The CA's certificate; owned by the validator.</param>
/// <param name="clock">The time.</param>
public sealed class CertificateValidator(X509Certificate2 authority, TimeProvider clock) : IDisposable
{
    /// <summary>Clocks of nodes may be apart by so much.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private const int BytesMax = 4096;

    private readonly Lock _gate = new();
    private volatile RevocationList? _revocations;

    /// <summary>The federation.</summary>
    public string Federation { get; } = CertificateAuthority.FederationOf(authority);

    /// <summary>The newest list of revoked certificates; null where none was given.</summary>
    public RevocationList? Revocations => _revocations;

    /// <summary>True for the certificate of this very CA.</summary>
    public bool IsAuthority(ReadOnlySpan<byte> certificate) => authority.RawData.AsSpan().SequenceEqual(certificate);

    /// <summary>Takes a newer list of revoked certificates.</summary>
    /// <returns>False for one that is not newer: nobody can go back.</returns>
    /// <exception cref="IdentityException">The list is damaged, or not the CA's.</exception>
    public bool Use(ReadOnlyMemory<byte> revocations)
    {
        RevocationList list = RevocationList.Parse(revocations, authority);
        lock (_gate)
        {
            if (_revocations is { } present && list.Number <= present.Number) return false;
            _revocations = list;
            return true;
        }
    }

    /// <summary>Reads a certificate.</summary>
    /// <exception cref="IdentityException">It does not count; the message says why.</exception>
    public CertifiedKey Read(ReadOnlyMemory<byte> certificate)
    {
        CertifiedKey key = ReadAny(certificate);
        return IsValid(key) ? key : throw new IdentityException($"the certificate of {key.Identity} is {(IsRevoked(key) ? "revoked" : $"valid from {key.NotBefore:u} to {key.NotAfter:u} only")}; enrol its node again");
    }

    /// <summary>Reads a certificate of the CA, whether it counts now (<see cref="IsValid"/>) or not.</summary>
    /// <exception cref="IdentityException">It is not of this CA, or has another form than its certificates have.</exception>
    public CertifiedKey ReadAny(ReadOnlyMemory<byte> certificate)
    {
        if (certificate.Length > BytesMax) throw new IdentityException($"a certificate has at most {BytesMax} bytes, not {certificate.Length}");
        try
        {
            using X509Certificate2 read = X509CertificateLoader.LoadCertificate(certificate.Span);
            if (!read.RawData.AsSpan().SequenceEqual(certificate.Span)) throw new IdentityException("a certificate is followed by other bytes; get it again from the CA's holder");
            lock (_gate) RequireChain(read);
            return Describe(read);
        }
        catch (Exception damaged) when (damaged is CryptographicException or NotSupportedException)
        {
            throw new IdentityException($"a certificate is damaged: {damaged.Message}", damaged);
        }
    }

    /// <summary>True while a key that was read counts: its time and revocation, both as of now.</summary>
    public bool IsValid(CertifiedKey key)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return now >= key.NotBefore - Skew && now <= key.NotAfter + Skew && !IsRevoked(key);
    }

    /// <inheritdoc/>
    public void Dispose() => authority.Dispose();

    private bool IsRevoked(CertifiedKey key) => _revocations?.Contains(key.Serial) ?? false;

    private CertifiedKey Describe(X509Certificate2 certificate)
    {
        NodeIdentity identity = CertificateForm.IdentityOf(certificate.Extensions) ?? throw new IdentityException("a certificate's only alternative name must be a node's URI");
        if (identity.Federation != Federation) throw new IdentityException($"{identity} is of another federation than '{Federation}'");
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(static constraints => constraints.CertificateAuthority)) throw new IdentityException($"the certificate of {identity} is a CA's");
        X509KeyUsageFlags usage = certificate.Extensions.OfType<X509KeyUsageExtension>().SingleOrDefault()?.KeyUsages ?? X509KeyUsageFlags.None;
        CertificateUse? use = null;
        foreach (CertificateUse candidate in Enum.GetValues<CertificateUse>())
        {
            if (usage == CertificateForm.UsageOf(candidate)) use = candidate;
        }

        byte[] publicKey = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        KeyFiles.ImportPublic(publicKey).Dispose();   // on the curve P-256
        return new CertifiedKey(
            identity, use ?? throw new IdentityException($"the certificate of {identity} is neither for signing nor for encryption alone"), Digest.Of(publicKey), publicKey,
            new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: true, isBigEndian: true), new DateTimeOffset(certificate.NotBefore.ToUniversalTime()), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()), certificate.RawData);
    }

    private void RequireChain(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;   // by our own list, which comes with the kit
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = Inside(certificate);         // time is judged by IsValid
        if (!chain.Build(certificate) || chain.ChainElements.Count != 2)
            throw new IdentityException($"'{certificate.Subject}' is not certified by this federation's CA ({string.Join(", ", chain.ChainStatus.Select(static status => status.Status))})");
    }

    private DateTime Inside(X509Certificate2 certificate) => certificate.NotBefore > authority.NotBefore ? certificate.NotBefore : authority.NotBefore;
}
