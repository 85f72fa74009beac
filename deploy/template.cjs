// Words that every part of the template uses.

/** An attribute of a resource, where it is known. */
const getAtt = (...path) => ({ 'Fn::GetAtt': path });

const capital = (name) => name[0].toUpperCase() + name.slice(1);

/** Values of the stage's parameters, for what is there or not there because of them. */
async function readParams(resolveVariable, names) {
  const values = names.map(async (name) => [name, await resolveVariable(`param:${name}`)]);
  return Object.fromEntries(await Promise.all(values));
}

/** A module of src, which is TypeScript. */
async function source(path) {
  const { tsImport } = await import('tsx/esm/api');
  return tsImport(`../src/${path}`, __filename);
}

module.exports = { getAtt, capital, readParams, source };
