using System.Security.Cryptography;
using Fed.Cluster.Stores;

namespace Fed.Cluster.Identity;

/// <summary>Keys as PEM files. Private ones are for their owner only; public ones, a file per node, are the registry by which all nodes verify each other.</summary>
public static class KeyFiles
{
    private const string CurveId = "1.2.840.10045.3.1.7";   // prime256v1, RFC 5480
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a public key (SubjectPublicKeyInfo, DER) as PEM; a file with the same key is left alone.</summary>
    public static void WritePublic(string path, ReadOnlySpan<byte> publicKey)
    {
        string pem = new string(PemEncoding.Write("PUBLIC KEY", publicKey)) + "\n";
        if (!File.Exists(path) || File.ReadAllText(path) != pem) WriteDurably(path, pem, mode: null);
    }

    /// <summary>Reads a public key.</summary>
    /// <returns>The SubjectPublicKeyInfo, DER.</returns>
    /// <exception cref="KeyFileException">The file holds no P-256 public key.</exception>
    public static byte[] ReadPublic(string path)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(path));
            RequireCurve(key);
            return key.ExportSubjectPublicKeyInfo();
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            throw new KeyFileException($"'{path}' holds no P-256 public key; copy it again from the node that it belongs to", failure);
        }
    }

    internal static ECDsa LoadPrivate(string path)
    {
        RequireOwnerOnly(path);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            RequireCurve(key);
            return key;
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new KeyFileException($"'{path}' holds no P-256 private key; restore it from a backup", failure);
        }
    }

    internal static ECDsa CreatePrivate(string path)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        WriteDurably(path, key.ExportPkcs8PrivateKeyPem() + "\n", OwnerOnly);
        return key;
    }

    /// <summary>Imports a public key (SubjectPublicKeyInfo, DER).</summary>
    /// <exception cref="CryptographicException">The bytes are no P-256 public key, or not in its one form.</exception>
    internal static ECDsa ImportPublic(ReadOnlySpan<byte> publicKey)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            RequireCurve(key);
            if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey)) throw new CryptographicException("the public key is not in the one form that it has");   // else it had several names
            return key;
        }
        catch (NotSupportedException other)
        {
            key.Dispose();
            throw new CryptographicException("the key is on a curve that nobody knows", other);   // so does the platform call a curve id with a flipped bit
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Writes a line that is for its owner only.</summary>
    internal static void WriteSecret(string path, string text) => WriteDurably(path, text, OwnerOnly);

    /// <summary>Reads such a line, without white space around it.</summary>
    /// <exception cref="KeyFileException">The file is readable by others, or empty.</exception>
    internal static string ReadSecret(string path)
    {
        RequireOwnerOnly(path);
        string text = File.ReadAllText(path).Trim();
        return text.Length > 0 ? text : throw new KeyFileException($"'{path}' is empty; restore it from a backup");
    }

    private static void RequireCurve(ECDsa key)
    {
        if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != CurveId) throw new CryptographicException("the key is not on the curve P-256");
    }

    private static void RequireOwnerOnly(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        UnixFileMode mode = File.GetUnixFileMode(path);
        if ((mode & ~(OwnerOnly | UnixFileMode.UserExecute)) != UnixFileMode.None)
            throw new KeyFileException($"the private key '{path}' is open to others (mode {Convert.ToString((int)mode, 8)}); run: chmod 600 '{path}'");
    }

    /// <summary>All or nothing, also when the machine stops half-way: a temporary file, synced, then renamed.</summary>
    internal static void WriteDurably(string path, string text, UnixFileMode? mode) => WriteDurably(path, Encoding.UTF8.GetBytes(text), mode);

    /// <inheritdoc cref="WriteDurably(string, string, UnixFileMode?)"/>
    internal static void WriteDurably(string path, byte[] content, UnixFileMode? mode)
    {
        string temporary = path + ".part";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (mode is not null && !OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        using (var file = new FileStream(temporary, options))
        {
            if (mode is { } exact && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file.SafeFileHandle, exact);   // whatever the process's mask takes away
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        DiskFileSystem.Instance.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
