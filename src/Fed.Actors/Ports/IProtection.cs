using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;

namespace Fed.Actors.Ports;

/// <summary>
/// How contributions are protected on their way into the sum. Every mode sums the same integers, so the model is the same to the last bit. Synchronous: called from
/// worker jobs only.
/// </summary>
public interface IProtection
{
    /// <summary>The plan's word for it, <c>plain</c>.</summary>
    string Name { get; }

    /// <summary>Silo: from the stored grid vector to what is uploaded for one attempt; the result is in the outbox too.</summary>
    Digest Protect(Digest gridVector, IBlobStore outbox);

    /// <summary>Aggregator: an empty sum.</summary>
    ISumAccumulator CreateAccumulator(SumShape shape);

    /// <summary>Coordinator: the integers of a sealed sum, shape <c>[shape.Entries]</c>. The sum only, never a single contribution.</summary>
    /// <param name="sealedSum">Hash of the sealed sum.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="store">Where it lies.</param>
    /// <returns>The integers; and the blob that holds them as <c>OpenedSum</c> where there is one already, as the plain sum itself is.</returns>
    /// <exception cref="InvalidDataException">The sealed sum has another size than its shape.</exception>
    (long[] Integers, Digest? Stored) Open(Digest sealedSum, SumShape shape, IBlobStore store);
}

/// <summary>A sum in the making. One user at a time.</summary>
public interface ISumAccumulator
{
    /// <summary>Adds one contribution, streamed in pieces.</summary>
    /// <exception cref="InvalidDataException">The contribution is shorter or longer than the shape says. The sum is spoilt: make a new one.</exception>
    void Add(Stream contribution);

    /// <summary>Adds a partial sum, as <see cref="WriteTo"/> of another sum wrote it, streamed in pieces.</summary>
    /// <param name="partialSum">The partial sum.</param>
    /// <param name="summands">Of how many contributions it is said to be: ciphertexts bear their number, and one that says otherwise is refused.</param>
    /// <exception cref="InvalidDataException">It is shorter or longer than the shape says, or no such sum. This sum is spoilt: make a new one.</exception>
    void AddPart(Stream partialSum, int summands) => Add(partialSum);

    /// <summary>Writes the sum.</summary>
    void WriteTo(IBlobWriter output);
}
