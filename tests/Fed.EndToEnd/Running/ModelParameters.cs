using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace Fed.EndToEnd.Running;

/// <summary>A model file as a stranger reads it who knows only the safetensors format: https://huggingface.co/docs/safetensors.</summary>
internal sealed class ModelParameters
{
    private readonly byte[] _parameters;

    private ModelParameters(byte[] parameters, string sha256) => (_parameters, ClaimedSha256) = (parameters, sha256);

    /// <summary>The hash that the file's metadata names.</summary>
    public string ClaimedSha256 { get; }

    /// <summary>The hash of the parameters that are in the file: coefficients, then intercept, little-endian float64.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(_parameters));

    /// <summary>Coefficients, then intercept.</summary>
    public double[] Values
    {
        get
        {
            double[] values = new double[_parameters.Length / sizeof(double)];
            for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadDoubleLittleEndian(_parameters.AsSpan(i * sizeof(double)));
            return values;
        }
    }

    /// <summary>Reads a file.</summary>
    public static ModelParameters Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int headerBytes = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        using var header = JsonDocument.Parse(file.AsMemory(sizeof(ulong), headerBytes));
        byte[] tensor(string name)
        {
            JsonElement at = header.RootElement.GetProperty(name);
            if (at.GetProperty("dtype").GetString() != "F64") throw new InvalidDataException($"{name} is no float64 tensor");
            JsonElement offsets = at.GetProperty("data_offsets");
            int start = sizeof(ulong) + headerBytes;
            return file[(start + offsets[0].GetInt32())..(start + offsets[1].GetInt32())];
        }

        return new ModelParameters([.. tensor("coefficients"), .. tensor("intercept")], header.RootElement.GetProperty("__metadata__").GetProperty("sha256").GetString()!);
    }

    /// <summary>The largest absolute difference of two models' parameters.</summary>
    public double MaxDifference(ModelParameters other) => Values.Zip(other.Values, static (a, b) => Math.Abs(a - b)).Max();
}
